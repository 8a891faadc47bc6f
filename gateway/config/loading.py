"""The configuration: a TOML file and an environment come in, one frozen `Config` goes out, or every problem at once.

What it hands out are the plain values of `gateway.config.settings` and `gateway.rules.desk`; the validating library
stays in here and in `gateway.config.schema`. Reads the one file; creates nothing, opens no database, prints nothing.
"""

from __future__ import annotations

import importlib.util
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource, TomlConfigSettingsSource

from gateway import signing
from gateway.config import coherence, mailboxes, organisations, schema
from gateway.config.building import build
from gateway.config.policy import asking, targets, urgency
from gateway.config.problem import (
    DELIMITER,
    PREFIX,
    ConfigError,
    Path_,
    Problem,
    UnfitError,
    dotted,
    mask,
    nearest,
    say_missing,
    say_too_many,
    say_unfit,
    show,
    variable,
)
from gateway.config.schema import Tree
from gateway.config.settings import Config, Setting
from gateway.evidence import LIBRARIES

FILE = "replydesk.toml"

Raw = dict[str, Any]


class Environment(EnvSettingsSource):
    """The variables `REPLYDESK_SECTION__KEY` of the environment that we were handed, and of no other."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {name.lower(): value for name, value in environ.items()}
        super().__init__(Tree)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._environ

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ARG002
        """A list is JSON, or words with commas between them."""
        try:
            return json.loads(value)
        except ValueError:
            return [word.strip() for word in str(value).split(",")]


def find_file(path: Path | None, environ: Mapping[str, str]) -> Path:
    """Which file holds the configuration: the one named, else `$REPLYDESK_CONFIG`, else the one of this folder."""
    named = path or Path(environ.get("REPLYDESK_CONFIG") or FILE)
    return named / FILE if named.is_dir() else named


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """The configuration in `path` with the overrides of `environ`; raises `ConfigError` with every problem in it."""
    file = find_file(path, environ)
    written = _read_toml(file)
    overrides, problems, spoken = _read_environment(environ)
    problems += _refuse_password(written)
    tree = _merge(written, overrides)
    problems += [Problem((name,), schema.say_strange((name,))) for name in tree if name not in Tree.model_fields]
    known = {name: value for name, value in tree.items() if name in Tree.model_fields}
    valid: Tree | None = None
    try:
        valid = Tree(**known)
    except ValidationError as fault:
        refused = {problem.path for problem in problems}
        explained = (_explain(error) for error in fault.errors(include_url=False))
        problems += [problem for problem in explained if problem.path not in refused]
    if valid is not None:
        promises = targets.unkeepable(valid.sla, valid.calendar, schema.count_hours(valid.hours))
        problems += [*promises, *_check_libraries(valid)]
    said = {problem.path for problem in problems}
    problems += [problem for problem in coherence.find_problems(known) if problem.path not in said]
    listed = _read_organisations(known, file)
    if valid is None or problems or listed.problems:
        lines = (_line(problem, file, spoken) for problem in sorted(problems, key=_place))
        raise ConfigError((*lines, *listed.problems))
    houses = urgency.organisations(valid.organisation, listed.rows)
    warnings = [_line(problem, file, spoken) for problem in coherence.find_warnings(known, houses)]
    found = _settings(valid, file, written, overrides)
    return build(valid, file.absolute(), found, (*warnings, *_slips(environ)), listed.rows)


def _read_toml(file: Path) -> Raw:
    try:
        return TomlConfigSettingsSource(Tree, file).toml_data if file.exists() else _refuse_missing(file)
    except tomllib.TOMLDecodeError as fault:
        reason, _, place = str(fault).rstrip(")").rpartition(" (at ")
        problem = f"{file.name}: {place}: {reason}"
    except UnicodeDecodeError as fault:
        line = fault.object[: fault.start].count(b"\n") + 1
        problem = f"{file.name}: line {line}: found a byte that is not UTF-8; save the file as UTF-8"
    except OSError as fault:
        problem = f"{file}: cannot be read: {fault.strerror}"
    raise ConfigError((problem,))


def _refuse_missing(file: Path) -> Raw:
    raise ConfigError((f'no configuration at {file}: run "replydesk init" there or name one with --config',))


def _refuse_password(written: Raw) -> list[Problem]:
    """The file is copied and shown to people: a password in it is taken out and never repeated."""
    found = mailboxes.refuse_passwords(written)
    outgoing = written.get("outgoing")
    if not isinstance(outgoing, dict) or outgoing.pop("password", None) is None:
        return found
    text = f"must not stand in this file: put it into outgoing.password_file or {variable(('outgoing', 'password'))}"
    return [*found, Problem(("outgoing", "password"), text)]


def _content(path: Path) -> bytes:
    """A file whole: a regular one of a size that a configuration may have, lest somebody waits for it for ever."""
    if (is_large := path.stat().st_size > organisations.MOST_BYTES) or not path.is_file():
        raise OSError(f"it has more than {organisations.MOST_BYTES >> 20} MB" if is_large else "it is no regular file")
    return path.read_bytes()


def _read_organisations(tree: Raw, file: Path) -> organisations.Found:
    """The organisations that have a file of their own, relative to the folder of the configuration."""
    named = tree.get("organisations", {})
    name = named.get("file") if isinstance(named, dict) else None
    if not isinstance(name, str) or not name:
        return organisations.Found(rows=(), problems=())
    taken = {word.lower(): f"{file.name}: {dotted(path)}" for path, word in urgency.named(tree)}
    try:
        content = _content(file.absolute().parent / name)
    except (OSError, ValueError) as fault:  # a NUL in the name is a ValueError
        reason = fault.strerror or str(fault) if isinstance(fault, OSError) else "no usable name of a file"
        line = f"{file.name}: organisations.file: {name}: cannot be read: {reason}"
        return organisations.Found(rows=(), problems=(line,))
    return organisations.read(content, name, taken, asking.of_organisations(tree))


def _read_environment(environ: Mapping[str, str]) -> tuple[Raw, list[Problem], frozenset[Path_]]:
    """The settings in the environment, the variables that look like one but are none, and the paths of both."""
    good: dict[str, str] = {}
    problems: list[Problem] = []
    spoken: set[Path_] = set()
    for name, value in environ.items():
        if not name.startswith(PREFIX) or DELIMITER not in name:
            continue
        section, *rest = name.removeprefix(PREFIX).lower().split(DELIMITER)
        path: Path_ = (section, *rest)
        spoken.add(path)
        field = Tree.model_fields.get(section)
        if field is not None and schema.is_list(field):
            text = f"cannot be set from the environment; the file has a table for each, under [[{section}]]"
            problems.append(Problem(path, text))
        elif field is not None and len(rest) == 1 and rest[0] in schema.keys((section,)):
            good[name] = value
        else:
            meant = section if field is not None else nearest(section, Tree.model_fields)
            text = schema.say_strange((meant, rest[0]) if meant else (section,), variable)
            problems.append(Problem(path, text))
    return Environment(good)(), problems, frozenset(spoken)


def _slips(environ: Mapping[str, str]) -> list[str]:
    """Variables with one underscore where two were meant: they may be somebody else's, so they are only mentioned."""
    meant = {variable(path).replace(DELIMITER, "_"): variable(path) for path in schema.all_keys()}
    return [f"{name}: has no effect; did you mean {meant[name]}?" for name in environ if name in meant]


def _merge(written: Raw, overrides: Raw) -> Raw:
    """The file under the environment. Absent tables are empty ones, so that each missing key gets its own line."""
    tree: Raw = {name: {} for name, field in Tree.model_fields.items() if not schema.is_list(field)}
    for source in (written, overrides):
        for name, value in source.items():
            both = isinstance(value, dict) and isinstance(tree.get(name), dict)
            tree[name] = {**tree[name], **value} if both else value
    return tree


def _explain(error: ErrorDetails) -> Problem:
    """What pydantic found, in our words."""
    path: Path_ = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] == "extra_forbidden":
        return Problem(path, schema.say_strange(path))
    expected = schema.describe(path)
    if error["type"] == "missing":
        return Problem(path, say_missing(expected))
    context = error.get("ctx", {})
    if error["type"] == "too_long":
        return Problem(path, say_too_many(context))
    cause = context.get("error")
    found = "***" if _is_sealed(path) else error["input"]
    return Problem(path, say_unfit(found, expected, cause if isinstance(cause, UnfitError) else None))


def _is_sealed(path: Path_) -> bool:
    return path[0] in ("imap", "outgoing") and not mailboxes.SEALED.isdisjoint(path)


def _check_libraries(valid: Tree) -> list[Problem]:
    """A look and a signature of our own need libraries that a desk whose mail server does both has no use for."""
    wanted: tuple[tuple[Path_, object, tuple[str, ...], str], ...] = (
        (("trust", "verify"), valid.trust.verify, LIBRARIES, "verify"),
        (("outgoing", "dkim_selector"), valid.outgoing.dkim_selector, signing.LIBRARIES, "sign"),
    )
    found = []
    for path, value, libraries, extra in wanted:
        missing = [name for name in libraries if importlib.util.find_spec(name) is None] if value else []
        if missing:
            text = f'found {show(value)}, but {", ".join(missing)} cannot be found: pip install "replydesk[{extra}]"'
            found.append(Problem(path, text))
    return found


def _line(problem: Problem, file: Path, spoken: frozenset[Path_]) -> str:
    """`replydesk.toml: desk.zone: …`, or `REPLYDESK_DESK__ZONE: …` where the environment had the last word."""
    for path in (problem.path, problem.path[:2]):
        if path in spoken:
            return f"{variable(path)}: {problem.text}"
    return f"{file.name}: {dotted(problem.path)}: {problem.text}"


def _place(problem: Problem) -> int:
    """Problems come in the order of the tables; strange tables come first, they explain what is missing."""
    order = tuple(Tree.model_fields)
    return order.index(str(problem.path[0])) if problem.path[0] in order else -1


# From the valid tree to plain values


def _settings(valid: Tree, file: Path, written: Raw, overrides: Raw) -> tuple[Setting, ...]:
    """Every key with its effective value and its origin, for `config show`; passwords in URLs are hidden."""
    found: list[Setting] = []

    def note(path: Path_, value: object, origin: str) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                note((*path, key), inner, origin)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for position, inner in enumerate(value):
                note((*path, position), inner, origin)
        else:
            shown = mask(value) if isinstance(value, str) else value
            shown = "***" if shown and path[-1] == "password" else shown
            if path[-1] == "token_command" and isinstance(value, list):
                shown = [*value[:1], *("***" for _ in value[1:])]  # its arguments may hold a secret
            found.append(Setting(key=dotted(path), value=shown, origin=origin))

    tree = valid.model_dump(mode="json", by_alias=True)
    tree["smtp"]["hostname"] = valid.smtp.hostname or f"mail.{valid.desk.domain}"
    for name, section in tree.items():
        if not isinstance(section, dict):
            note((name,), section, file.name)
            continue
        for key, value in section.items():
            origin = file.name if key in written.get(name, {}) else "default"
            note((name, key), value, variable((name, key)) if key in overrides.get(name, {}) else origin)
    return tuple(found)
