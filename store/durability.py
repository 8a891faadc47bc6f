"""What a store must be before anything is accepted into it: it may not forget what it has committed (promise 1).

In: an opened store. Out: nothing, or a `StoreError` that names the setting and the cure. It changes no setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, bindparam, text

from store.engine import Store
from store.fault import StoreError
from store.tables import metadata

MOUNTS = Path("/proc/self/mountinfo")

NETWORK = frozenset(
    {
        *("nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "9p", "davfs"),
        *("ceph", "glusterfs", "lustre", "beegfs", "gpfs", "orangefs", "pvfs2", "vboxsf", "vmhgfs"),
        *("fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "fuse.gcsfuse", "fuse.davfs2"),
        *("fuse.curlftpfs", "fuse.smbnetfs", "fuse.vmhgfs-fuse", "fuse.juicefs", "fuse.goofys"),
    }
)
"""File systems whose locks and syncs are another machine's word: SQLite's WAL needs memory that all its users share,
which these do not have. https://sqlite.org/wal.html#overview, https://sqlite.org/useovernet.html"""

LEAST_SERVER = 130_000
"""PostgreSQL 13: what we are tested with begins there."""


def assert_durable(store: Store) -> None:
    """Refuse a store that may forget what it has committed; the message names the setting and the cure."""
    with store.settings() as connection:
        if store.is_sqlite:
            _check_sqlite(connection)
        else:
            _check_postgresql(connection)


def _check_sqlite(connection: Connection) -> None:
    wanted = {"journal_mode": ("wal",), "synchronous": ("2",), "foreign_keys": ("1",)}
    _compare({name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar()) for name in wanted}, wanted)
    file = next(row.file for row in connection.exec_driver_sql("PRAGMA database_list") if row.name == "main")
    if MOUNTS.exists():
        refuse_network(Path(file).resolve(), MOUNTS.read_text(encoding="utf-8", errors="surrogateescape"))


def _check_postgresql(connection: Connection) -> None:
    names = (
        *("fsync", "full_page_writes", "synchronous_commit", "synchronous_standby_names"),
        *("server_encoding", "server_version", "server_version_num"),
    )
    found = {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar()) for name in names}
    refuse_server(found)
    if connection.execute(text("SELECT pg_is_in_recovery()")).scalar():
        raise StoreError("store.url: this PostgreSQL is a standby, which takes no writes; give the primary's address")
    unlogged = connection.execute(_UNLOGGED, {"names": list(metadata.tables)}).scalars().all()
    if unlogged:
        raise StoreError(
            f"the store is not durable: the table {unlogged[0]} is UNLOGGED and is emptied by a crash; "
            f"run ALTER TABLE {unlogged[0]} SET LOGGED"
        )


def refuse_server(found: Mapping[str, str]) -> None:
    """Refuse a PostgreSQL by its settings.

    `local` and `remote_write` wait for the own disk as `on` does, but not for a standby's: with synchronous standbys
    one could take over that has forgotten what we confirmed.
    https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-SYNCHRONOUS-COMMIT
    """
    if int(found["server_version_num"]) < LEAST_SERVER:
        raise StoreError(f"store.url: PostgreSQL {found['server_version']} is too old; 13 is the least that will do")
    if found["server_encoding"] != "UTF8":
        raise StoreError(
            f"store.url: the database's encoding is {found['server_encoding']}, which cannot keep every mail; "
            "make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )
    alone = () if found["synchronous_standby_names"] else ("local", "remote_write")
    wanted = {
        "fsync": ("on",),
        "full_page_writes": ("on",),
        "synchronous_commit": ("on", "remote_apply", *alone),
    }
    _compare(found, wanted)


def _compare(found: Mapping[str, str], wanted: Mapping[str, tuple[str, ...]]) -> None:
    for name, values in wanted.items():
        if found[name] not in values:
            raise StoreError(
                f"the store is not durable: {name} is {found[name]}, it must be {values[0]}; "
                "put the database on a local disk and leave its durability settings alone"
            )


def refuse_network(file: Path, mounts: str) -> None:
    """Refuse a database file on a network file system; `mounts` is the text of /proc/self/mountinfo (proc(5))."""
    place, kind = Path("/"), ""
    for line in mounts.splitlines():
        head, _, tail = line.partition(" - ")
        if not tail or len(head.split(" ")) < 5:
            continue
        mounted = Path(_unescaped(head.split(" ")[4]))
        if file.is_relative_to(mounted) and len(mounted.parts) >= len(place.parts):  # a later one hides an earlier
            place, kind = mounted, tail.split(" ")[0]
    if kind in NETWORK:
        raise StoreError(
            f"store.url: {file} lies on {place}, a network file system ({kind}), where SQLite can lose what it has "
            "committed; put the database on a local disk, or use PostgreSQL"
        )


def _unescaped(path: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        path = path.replace(code, character)
    return path


_UNLOGGED = text(
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpersistence <> 'p' AND relname IN :names "
    "AND pg_table_is_visible(oid) ORDER BY relname"
).bindparams(bindparam("names", expanding=True))
