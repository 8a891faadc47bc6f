"""Many rows in one statement: what SQLite and PostgreSQL each take fastest, out of the same dicts.

In: a table or a statement, and rows of the same keys. Out: rows in the database. The library's own work for each row
costs as much as SQLite's, and PostgreSQL would run one statement for each row (tests/bench/README.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import JSON, Connection, LargeBinary, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import String

Row = Mapping[str, Any]
Parameter = tuple[str, Callable[[Any], Any] | None, Any]
"""Its name, its converter, and what stands for it where a row says nothing."""


def insert_missing(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, leaving those that break any unique constraint as they already stand: how a replay adds no twins."""
    _insert(connection, table, rows, missing=True)


def insert_all(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows; one that cannot be kept raises and takes the whole turn with it."""
    _insert(connection, table, rows, missing=False)


def _insert(connection: Connection, table: Table, rows: Sequence[Row], *, missing: bool) -> None:
    if not rows:
        return
    names = tuple(rows[0])
    if connection.dialect.name == "sqlite":
        run_many(connection, _sqlite_insert(table, names, missing), rows)
    elif any(isinstance(table.c[name].type, LargeBinary) for name in names):
        connection.execute(_postgresql_insert(table, names, missing), list(rows))  # an array would double large bytes
    else:
        text, columns = _from_arrays(table, names, missing)
        connection.exec_driver_sql(text, tuple(_array(_values(rows, *column)) for column in columns))


def run_many(connection: Connection, statement: Any, rows: Sequence[Row]) -> None:
    """One insert or update over many rows; its text and converters are prepared once on SQLite."""
    if connection.dialect.name != "sqlite":
        connection.execute(statement, list(rows))
        return
    text, columns = _prepared(statement)
    connection.exec_driver_sql(text, list(zip(*(_values(rows, *column) for column in columns), strict=True)))


def _array(values: list[Any]) -> str:
    """The values as PostgreSQL writes an array; the driver's own way goes through every character of them.

    https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
    """
    return "{" + ",".join(["NULL" if value is None else _element(value) for value in values]) + "}"


def _element(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)  # numbers, true and false, times in ISO 8601
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _values(rows: Sequence[Row], name: str, convert: Callable[[Any], Any] | None, default: Any) -> list[Any]:
    if convert is None:
        return [row.get(name, default) for row in rows]
    return [convert(row.get(name, default)) for row in rows]


@cache
def _sqlite_insert(table: Table, names: tuple[str, ...], missing: bool) -> Any:
    statement = sqlite.insert(table).values({name: bindparam(name) for name in _with_defaults(table, names)})
    return statement.on_conflict_do_nothing() if missing else statement


@cache
def _postgresql_insert(table: Table, names: tuple[str, ...], missing: bool) -> Any:
    statement = postgresql.insert(table).values({name: bindparam(name) for name in names})
    return statement.on_conflict_do_nothing() if missing else statement


@cache
def _from_arrays(table: Table, names: tuple[str, ...], missing: bool) -> tuple[str, list[Parameter]]:
    """PostgreSQL: one array a column, one statement whatever the number of rows, prepared once on the server.

    Texts go as TEXT: a cast to VARCHAR(n) would cut them silently, where an insert refuses what is too long.
    """
    columns: list[Parameter] = []
    marks, chosen = [], []
    for name in _with_defaults(table, names):
        kind = table.c[name].type
        is_json = isinstance(kind, JSON)
        plain = "TEXT" if is_json or isinstance(kind, String) else str(kind.compile(dialect=_POSTGRESQL))
        convert = json.dumps if is_json else kind.dialect_impl(_POSTGRESQL).bind_processor(_POSTGRESQL)
        columns.append((name, convert, _default(table, name, None)))
        marks.append(f"%s::{plain}[]")
        chosen.append(f'"{name}"' + "::JSON" * is_json)
    quoted = ", ".join(f'"{name}"' for name, _, _ in columns)
    parts = [
        *("INSERT INTO", f'"{table.name}"', f"({quoted})"),
        *("SELECT", ", ".join(chosen), "FROM", f"unnest({', '.join(marks)})", "AS given", f"({quoted})"),
        "ON CONFLICT DO NOTHING" * missing,
    ]
    return " ".join(parts), columns


_SQLITE = sqlite.dialect(paramstyle="qmark")
_POSTGRESQL: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


@cache
def _prepared(statement: Any) -> tuple[str, list[Parameter]]:
    """The statement's text, and for each of its marks the parameter's name, converter and default."""
    compiled = statement.compile(dialect=_SQLITE)
    columns = []
    for name in compiled.positiontup:
        bind = compiled.binds[name]
        convert = bind.type.dialect_impl(_SQLITE).bind_processor(_SQLITE)
        columns.append((name, convert, _default(statement.table, name, bind.value)))
    return str(compiled), columns


def _with_defaults(table: Table, names: tuple[str, ...]) -> list[str]:
    """The columns that an insert of these names writes, in the table's order."""
    return [column.name for column in table.c if column.name in names or column.default is not None]


def _default(table: Table, name: str, otherwise: Any) -> Any:
    """What an insert writes where a row says nothing; lists and dicts are never changed by their converters."""
    default: Any = table.c[name].default if name in table.c else None
    if default is None:
        return otherwise
    return default.arg(None) if default.is_callable else default.arg
