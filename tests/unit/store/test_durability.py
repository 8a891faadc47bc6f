"""A store that could forget what it has committed is refused at start-up, with a sentence that names the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import durability, engine
from store.durability import assert_durable, refuse_network, refuse_server
from store.engine import StoreError
from store.opening import open_store
from tests.servers import postgresql

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:25 / /srv rw shared:9 - xfs /dev/sdb1 rw
31 22 0:44 / /srv/team\\040files rw,relatime shared:44 - nfs4 nas:/team rw,vers=4.2
32 22 0:45 / /home/me/box rw - fuse.sshfs me@host:/ rw
33 22 0:46 / /mnt/both rw - cifs //nas/both rw
34 33 0:47 / /mnt/both rw - ext4 /dev/sdc1 rw
a line of another kind
"""


def test_a_store_with_its_own_settings_is_durable(store):
    assert_durable(store)


@pytest.mark.parametrize("weaker", ["synchronous=NORMAL", "synchronous=OFF", "journal_mode=DELETE", "foreign_keys=OFF"])
def test_sqlite_that_could_forget_is_refused(tmp_path, monkeypatch, weaker):
    strong = engine._prepare_sqlite_writer

    def weak(connection, entry):
        strong(connection, entry)
        connection.execute(f"PRAGMA {weaker}")

    monkeypatch.setattr(engine, "_prepare_sqlite_writer", weak)
    with pytest.raises(StoreError, match=f"not durable: {weaker.split('=')[0]} is .*local disk"):
        open_store(f"sqlite:///{tmp_path / 'desk.db'}")


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("/srv/team files/desk.db", "nfs4"),
        ("/home/me/box/a/b/desk.db", "fuse.sshfs"),
    ],
)
def test_sqlite_on_a_network_file_system_is_refused(file, kind):
    with pytest.raises(StoreError, match=rf"{file} lies on .*, a network file system .{kind}.*local disk, or use Post"):
        refuse_network(Path(file), MOUNTS)


@pytest.mark.parametrize(
    "file", ["/srv/desk.db", "/srv/team filesx/desk.db", "/home/me/boxes/desk.db", "/mnt/both/desk.db", "/desk.db"]
)
def test_sqlite_on_a_local_disk_is_taken(file):
    refuse_network(Path(file), MOUNTS)
    refuse_network(Path(file), "")


def test_the_opened_file_is_looked_up_where_it_really_lies(tmp_path, monkeypatch):
    mounts = tmp_path / "mounts"
    real = tmp_path / "share"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    mounts.write_text(f"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / {real} rw - nfs nas:/ rw\n")
    monkeypatch.setattr(durability, "MOUNTS", mounts)
    with pytest.raises(StoreError, match=r"network file system .nfs."):
        open_store(f"sqlite:///{tmp_path / 'link' / 'desk.db'}")
    open_store(f"sqlite:///{tmp_path / 'desk.db'}").close()


SOUND = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "synchronous_standby_names": "",
    "server_encoding": "UTF8",
    "server_version": "15.1",
    "server_version_num": "150001",
}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"synchronous_commit": "remote_apply"},
        {"synchronous_commit": "local"},
        {"synchronous_commit": "remote_write"},
        {"synchronous_commit": "remote_apply", "synchronous_standby_names": "one"},
        {"synchronous_standby_names": "one"},
        {"server_version": "13.0", "server_version_num": "130000"},
    ],
)
def test_servers_that_keep_their_word(changed):
    refuse_server(SOUND | changed)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"fsync": "off"}, "fsync is off, it must be on"),
        ({"full_page_writes": "off"}, "full_page_writes is off, it must be on"),
        ({"synchronous_commit": "off"}, "synchronous_commit is off, it must be on"),
        (
            {"synchronous_commit": "local", "synchronous_standby_names": "one"},
            "synchronous_commit is local, it must be on",
        ),
        ({"synchronous_commit": "remote_write", "synchronous_standby_names": "one"}, "is remote_write, it must be on"),
        ({"server_encoding": "SQL_ASCII"}, "encoding is SQL_ASCII.*CREATE DATABASE … ENCODING 'UTF8'"),
        ({"server_version": "12.9", "server_version_num": "120009"}, "PostgreSQL 12.9 is too old; 13"),
    ],
)
def test_servers_that_may_forget(changed, why):
    with pytest.raises(StoreError, match=why):
        refuse_server(SOUND | changed)


def test_postgresql_that_answers_before_the_disk_is_refused():
    with postgresql.database(postgresql.migrated()) as url:
        name = url.rpartition("/")[2]
        postgresql.shared().run(f"ALTER DATABASE {name} SET synchronous_commit = off")
        with pytest.raises(StoreError, match="not durable: synchronous_commit is off, it must be on"):
            open_store(url)


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_postgresql_that_does_not_sync_is_refused(setting):
    server = postgresql.shared()
    with postgresql.database(postgresql.migrated()) as url:
        server.run(f"ALTER SYSTEM SET {setting} = off", "SELECT pg_reload_conf()")
        try:
            _wait_for(server, setting, "off")
            with pytest.raises(StoreError, match=f"not durable: {setting} is off, it must be on"):
                open_store(url)
        finally:
            server.run(f"ALTER SYSTEM RESET {setting}", "SELECT pg_reload_conf()")
            _wait_for(server, setting, "on")


def _wait_for(server, setting, value):
    import psycopg

    for _ in range(100):
        with psycopg.connect(server.dsn("postgres")) as connection:
            if connection.execute(f"SHOW {setting}").fetchone()[0] == value:
                return
    raise AssertionError(f"{setting} did not become {value}")


def test_a_database_of_another_encoding_is_refused():
    server = postgresql.shared()
    server.run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        with pytest.raises(StoreError, match="encoding is LATIN1"):
            open_store(server.dsn("latin"))
    finally:
        server.run("DROP DATABASE latin WITH (FORCE)")


def test_a_table_that_a_crash_would_empty_is_refused():
    with postgresql.database(postgresql.migrated()) as url:
        postgresql.shared().run("ALTER TABLE timers SET UNLOGGED", database=url.rpartition("/")[2])
        with pytest.raises(StoreError, match=r"the table timers is UNLOGGED.*ALTER TABLE timers SET LOGGED"):
            open_store(url)
