"""Each subject of the doctor on a desk that is well and on one that is not; whatever is not fine comes with a cure.

One file, although long: one subject after the other, on the same desks.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import update

from gateway.cli.init import write_desk
from gateway.config.loading import load
from gateway.config.notation import Listen
from gateway.config.settings import Config, Verify
from gateway.doctor import (
    certificates,
    clock,
    configuration,
    dialogue,
    disk,
    doors,
    durability,
    files,
    leaving,
    proof,
    storage,
    waiting,
)
from gateway.doctor.examination import PATIENT, SUBJECTS, Check, isolated
from gateway.doctor.finding import Finding, Level, fine, problem, warning, worst
from gateway.doctor.house import House, open_house, serving
from gateway.lock import DeskLock
from gateway.transport.link import Link, NoService
from gateway.transport.parcel import Outgoing
from store import journal, opening
from store.engine import StoreBusy
from store.journal import Received
from store.records import Envelope
from store.tables import journal as journal_table
from store.tables import outbox as outbox_table
from tests.desk import StillDesk

MAIL = b"From: Nora <nora@northwind.example>\r\nSubject: slow\r\nMessage-ID: <1@n.example>\r\n\r\nIt is slow.\r\n"


@pytest.fixture
def config(tmp_path: Path, template: Path) -> Config:
    """A demo desk with a store, whose doors take free ports."""
    import shutil

    shutil.copytree(template, tmp_path / "desk")
    shut = {f"REPLYDESK_{name}__LISTEN": "" for name in ("SMTP", "LMTP", "WEB")}
    return load(tmp_path / "desk" / "replydesk.toml", shut)


@pytest.fixture
def house(config: Config) -> Iterator[House]:
    opened = open_house(config)
    yield opened
    if opened.store is not None:
        opened.store.close()


def levels(found: Iterable[Finding]) -> dict[str, Level]:
    """What was found and how bad it is; whatever is not fine has a cure, and no finding is longer than a line."""
    found = list(found)
    for finding in found:
        assert finding.level is Level.OK or finding.fix, finding
        assert len(finding.what) <= 300
        assert "\n" not in finding.what
    return {finding.what: finding.level for finding in found}


def bad(found: Iterable[Finding]) -> dict[str, Level]:
    return {what: level for what, level in levels(found).items() if level is not Level.OK}


def only(found: Iterable[Finding], words: str, level: Level) -> None:
    """Exactly one thing is not fine, and it says these words."""
    wrong = bad(found)
    assert len(wrong) == 1, wrong
    ((what, found_level),) = wrong.items()
    assert words in what
    assert found_level is level


# The frame


def test_nothing_but_the_system_clock_is_wrong_with_a_fresh_desk(house: House) -> None:
    for area, look in SUBJECTS:
        if area not in (clock.AREA, doors.AREA):
            assert bad(look(house)) == {}, area


def test_a_check_that_raises_or_hangs_is_a_finding() -> None:
    stop = threading.Event()

    def breaks() -> Iterator[Finding]:
        yield fine("a", "so far so good")
        raise KeyError("the password is hunter2")

    def hangs() -> Iterator[Finding]:
        yield fine("a", "so far so good")
        stop.wait(30)

    def forbidden() -> Iterator[Finding]:
        yield fine("a", "so far so good")
        raise PermissionError(13, "Permission denied", "/a/file")

    for look, level, words in (
        (breaks, Level.WARNING, "KeyError"),
        (hangs, Level.PROBLEM, "did not end"),
        (forbidden, Level.PROBLEM, "/a/file: Permission denied"),
    ):
        first, second = isolated(Check("a", look, 0.3))
        assert first.what == "so far so good"
        assert second.level is level
        assert words in second.what
        assert "hunter2" not in str(second)
    stop.set()


def test_the_worst_finding_counts_and_strangers_text_stays_in_its_line() -> None:
    assert worst([]) is Level.OK
    assert worst([fine("a", "x"), warning("a", "y", "z")]) is Level.WARNING
    assert worst([problem("a", "x", "z"), warning("a", "y", "z")]) is Level.PROBLEM
    assert problem("a", "said:\r\n\x1b[31mred" + "x" * 999, "f").what.startswith("said: ?[31mred")
    assert len(fine("a", "x" * 999).what) == 300


def test_who_serves_is_seen_without_taking_the_lock(config: Config) -> None:
    assert serving(config.store.data) == 0
    lock = DeskLock(config.store.data)
    lock.take()
    assert serving(config.store.data) == os.getpid()
    lock.release()
    assert serving(config.store.data) == 0
    DeskLock(config.store.data).take()


def test_a_lock_of_another_container_is_named_by_its_file(config: Config, tmp_path: Path) -> None:
    lock = config.store.data / "lock"
    lock.write_text("4711")
    stat = lock.stat()
    place = f"{os.major(stat.st_dev):02x}:{os.minor(stat.st_dev):02x}:{stat.st_ino}"
    (tmp_path / "locks").write_text(
        f"1: POSIX ADVISORY READ 9 {place} 0 EOF\n2: FLOCK ADVISORY WRITE -1 {place} 0 EOF\n"
    )
    assert serving(config.store.data, tmp_path / "locks") == 4711
    assert serving(config.store.data, tmp_path / "nothing") == 0


def test_a_lock_on_a_disk_that_the_system_lists_under_another_number(config: Config, tmp_path: Path) -> None:
    """On btrfs stat tells of a subvolume's own device; then it is the process that the file names, or nobody."""
    lock = config.store.data / "lock"
    lock.write_text("4711")
    line = f"FLOCK ADVISORY WRITE {{}} fe:fe:{lock.stat().st_ino} 0 EOF\n"
    (tmp_path / "locks").write_text(f"1: {line.format(12)}2: {line.format(4711)}")
    assert serving(config.store.data, tmp_path / "locks") == 4711
    (tmp_path / "locks").write_text(f"1: {line.format(12)}")
    assert serving(config.store.data, tmp_path / "locks") == 0


# Configuration, files


def test_configuration(house: House) -> None:
    shifted = replace(house.config, clock_offset=timedelta(days=2), warnings=("a slip",))
    wrong = bad(configuration.check(replace(house, config=shifted)))
    assert set(wrong.values()) == {Level.WARNING}
    assert len(wrong) == 2


def test_whether_anybody_is_ever_proven(house: House) -> None:
    def found(verify: bool = False, **policy: Any) -> Iterator[Finding]:
        config = replace(house.config, policy=replace(house.config.policy, **policy), verify=Verify(enabled=verify))
        return proof.check(replace(house, config=config))

    assert bad(found()) == {}
    only(found(authserv_id=""), "nobody's From is ever proven", Level.WARNING)
    assert bad(found(authserv_id="", verify=True)) == {}
    only(found(hops=frozenset()), "trust.hops is empty", Level.WARNING)
    public = frozenset({"127.0.0.1", "10.0.0.9", "8.8.8.8"})
    only(found(hops=public), "public addresses (8.8.8.8)", Level.WARNING)
    assert bad(found(authserv_id="", verify=True, hops=public)) == {}, "they say nothing that is believed"
    assert len(bad(found(authserv_id="", arc_sealers=frozenset({"lists.example"})))) == 2


def test_rights_of_files(house: House, tmp_path: Path) -> None:
    data = house.config.store.data
    secret = data / "secret"
    secret.chmod(0o644)
    only(files.check(house), "the desk's secret", Level.PROBLEM)
    assert secret.read_text().strip() not in str(list(files.check(house)))
    secret.chmod(0o600)
    data.chmod(0o755)
    only(files.check(house), "open to others (0755)", Level.WARNING)
    data.chmod(0o700)
    secret.write_text("nonsense")
    only(files.check(house), "hexadecimal", Level.PROBLEM)
    secret.unlink()
    only(files.check(house), "no secret at", Level.PROBLEM)


def test_a_password_that_others_can_read(house: House, tmp_path: Path) -> None:
    password = tmp_path / "password"
    way = replace(house.config.outgoing, password_file=password)
    outside = replace(house, config=replace(house.config, outgoing=way))
    only(files.check(outside), "No such file", Level.PROBLEM)
    password.write_text("")
    only(files.check(outside), "is empty", Level.PROBLEM)
    password.write_text("hunter2")
    password.chmod(0o604)
    only(files.check(outside), "open to others: 0604", Level.PROBLEM)
    assert "hunter2" not in str(list(files.check(outside)))
    password.chmod(0o640)
    assert bad(files.check(outside)) == {}, "a group may be meant"


def test_the_password_of_a_mailbox_is_looked_at_too(house: House, tmp_path: Path) -> None:
    password = tmp_path / "imap-password"
    mailbox = SimpleNamespace(number=2, password_file=password)
    collecting = replace(house, config=replace(house.config, imap=(mailbox,)))
    only(files.check(collecting), f"imap[2].password_file {password} cannot be read: No such file", Level.PROBLEM)
    password.write_text("hunter2")
    password.chmod(0o644)
    only(files.check(collecting), "open to others: 0644", Level.PROBLEM)
    password.chmod(0o600)
    assert bad(files.check(collecting)) == {}


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("left", ["secret", "lock", "witness", "spool", "replydesk.db", "replydesk.db-wal"])
def test_what_root_left_in_the_folder_of_the_desks_user_is_named(house: House, left: str) -> None:
    data = house.config.store.data
    for file in ("lock", "witness", "replydesk.db-wal"):
        (data / file).touch(0o600)
    house.config.store.spool.mkdir(exist_ok=True)
    for file in (data, *data.iterdir()):
        os.chown(file, 4711, 4711)
    assert bad(files.check(house)) == {}
    os.chown(data / left, 0, 0)
    (finding,) = (one for one in files.check(house) if one.level is not Level.OK)
    assert finding.what == f"{data / left} is of user root, the data folder of 4711, who serves"
    assert finding.fix == f"chown 4711 {data / left}"
    (data / left).chmod(0o660)
    assert "is of user" not in str(list(files.check(house))), "a group may write it"
    os.chown(data, 0, 0)
    assert "is of user" not in str(list(files.check(house))), "root writes whatever it serves"


# Store, durability, disk


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    write_desk(tmp_path / "fresh", demo=True)
    house = open_house(load(tmp_path / "fresh" / "replydesk.toml", {}))
    assert house.store is None
    only(storage.check(house), "no store", Level.WARNING)
    assert [file.name for file in house.config.store.data.iterdir()] == ["secret"]
    for area, look in SUBJECTS:
        if area != doors.AREA:
            assert Level.PROBLEM not in levels(look(house)).values(), area


def test_a_damaged_store(house: House) -> None:
    assert house.store is not None
    assert house.file is not None
    house.store.close()
    with house.file.open("r+b") as stream:
        stream.seek(4096 * 3)
        stream.write(b"\xff" * 4096 * 5)
    found = isolated(Check("store", lambda: storage.check(house)))
    assert worst(found) is Level.PROBLEM, found
    house.file.write_bytes(b"no database at all" * 1000)
    assert worst(isolated(Check("store", lambda: storage.check(house)))) is Level.PROBLEM


def test_a_file_that_is_no_database_ends_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor is asked because something is wrong: whatever keeps the store shut is one of its findings."""
    assert house.store is not None
    assert house.file is not None
    house.store.close()
    house.file.write_bytes(b"no database at all" * 1000)
    shut = open_house(house.config)
    only(storage.check(shut), "file is not a database; restore", Level.PROBLEM)
    monkeypatch.setattr("gateway.doctor.house.open_engines", lambda _url: 1 // 0)
    only(storage.check(open_house(house.config)), "cannot be opened: ZeroDivisionError", Level.PROBLEM)


def test_a_store_that_others_use_is_not_called_forgetful(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_store: object) -> None:
        raise StoreBusy("database is locked")

    monkeypatch.setattr(durability, "assert_durable", busy)
    found = isolated(Check("durability", lambda: durability.check(house)))
    assert bad(found) == {"the store is busy (database is locked): this could not be looked at": Level.WARNING}


def test_a_store_of_another_revision(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "HEAD", "9999")
    only(storage.check(house), "we need 9999", Level.WARNING)
    monkeypatch.setattr(storage, "HEAD", "0000")
    only(storage.check(house), "newer replydesk", Level.PROBLEM)
    assert opening.HEAD != "0000"


def test_a_store_on_either_database(house: House, store_url: str) -> None:
    """SQLite and PostgreSQL: whatever looks at the store finds it well, and the mail in it."""
    config = replace(house.config, store=replace(house.config.store, url=store_url))
    other = open_house(config)
    try:
        keep(other, other.now - timedelta(hours=1))
        for look in (storage.check, durability.check):
            assert bad(look(other)) == {}
        assert bad(clock.check(other, lambda: (True, 0.01))) == {}
        only(waiting.check(other), "the oldest since 60 min", Level.PROBLEM)
    finally:
        assert other.store is not None
        other.store.close()


def test_a_store_that_does_not_answer(house: House) -> None:
    config = replace(house.config, store=replace(house.config.store, url="postgresql+psycopg://127.0.0.1:1/none"))
    silent = open_house(config)
    only(storage.check(silent), "does not answer", Level.PROBLEM)
    for look in (durability.check, waiting.check):
        assert bad(look(silent)) == {}, "said once"


def test_a_store_that_takes_too_long_is_broken_off(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert house.store is not None
    with house.store.turn() as connection:
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT i FROM n"
        connection.exec_driver_sql(f"CREATE TABLE much AS {numbers}")
        connection.exec_driver_sql("CREATE INDEX more ON much(i)")
    monkeypatch.setattr(storage, "CHECK_SECONDS", -1.0)
    only(storage.check(house), "too large", Level.WARNING)
    with house.store.look() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM much").scalar() == 300000, "no handler is left"


MOUNTS = """22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:21 / /srv/remote rw - nfs4 host:/x rw
24 22 0:22 / /srv/with\\040space rw - tmpfs tmpfs rw
25 22 0:23 / /srv/layer rw shared:1 - overlay overlay rw
"""


@pytest.mark.parametrize(
    ("folder", "kind", "level"),
    [
        ("/srv", "ext4", Level.OK),
        ("/srv/remote/desk", "nfs4", Level.PROBLEM),
        ("/srv/remoter", "ext4", Level.OK),
        ("/srv/with space/desk", "tmpfs", Level.PROBLEM),
        ("/srv/layer", "overlay", Level.WARNING),
    ],
)
def test_the_kind_of_disk(folder: str, kind: str, level: Level) -> None:
    assert durability.file_system(Path(folder), MOUNTS)[0] == kind
    assert durability._kind(Path(folder), MOUNTS).level is level


@pytest.mark.parametrize(
    ("seconds", "level"), [(0.004, Level.OK), (0.1, Level.WARNING), (1.0, Level.PROBLEM), (1e-6, Level.WARNING)]
)
def test_the_speed_of_a_sync(seconds: float, level: Level, tmp_path: Path) -> None:
    assert durability._speed([seconds] * 5).level is level
    assert len(durability.measure(tmp_path, 3)) == 3
    assert list(tmp_path.iterdir()) == []


def room(free: int, files_: int = 10**6) -> os.statvfs_result:
    return os.statvfs_result((4096, 1, 10**9, free, free, 10**9, files_, files_, 0, 255))


def test_room_on_the_disk() -> None:
    def look(disk_: os.statvfs_result) -> list[Finding]:
        return list(disk._room(Path("/srv"), disk_, 2 << 20, 10 << 20))

    assert bad(look(room(1 << 30))) == {}
    only(look(room(100 << 20)), "large mails", Level.WARNING)
    only(look(room(1 << 20)), "refused below", Level.PROBLEM)
    only(look(room(1 << 30, 500)), "only 500 files", Level.WARNING)
    only(look(room(1 << 30, 5)), "only 5 files", Level.PROBLEM)


# Clock


def test_the_clock(house: House) -> None:
    assert bad(clock.check(house, lambda: (True, 0.01))) == {}
    only(clock.check(house, lambda: (False, 16.0)), "not synchronised", Level.WARNING)
    only(clock.check(house, lambda: None), "does not say", Level.WARNING)


@pytest.mark.parametrize(
    ("state", "status", "kept"),
    [(0, 0, (True, 0.25)), (0, 0x40, (False, 0.25)), (5, 0, (False, 0.25)), (-1, 0, None)],
)
def test_what_the_kernel_says_of_its_clock(
    state: int, status: int, kept: tuple[bool, float] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As adjtimex(2) writes it; it is asked, and never told (modes is 0)."""

    def adjtimex(timex: Any) -> int:
        assert struct.unpack_from("I", timex._obj) == (0,)
        struct.pack_into("Illlli", timex._obj, 0, 0, 0, 0, 250_000, 0, status)
        return state

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(adjtimex=adjtimex))
    assert clock.kernel() == kept


def test_mail_from_the_future(house: House) -> None:
    keep(house, datetime.now(UTC) + timedelta(hours=3))
    only(clock.check(house, lambda: (True, 0.01)), "has not come yet", Level.WARNING)


# Doors


@contextmanager
def door(*says: bytes) -> Iterator[int]:
    """A server that says these words one after the other, whatever it hears."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with peer:
                for words in says:
                    peer.sendall(words)
                    if not peer.recv(1000):
                        return

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield server.getsockname()[1]


def served(house: House, **listens: Listen | None) -> House:
    shut = {"smtp": None, "lmtp": None, "submission": None, "web": None} | listens
    changed = {name: replace(getattr(house.config, name), listen=listen) for name, listen in shut.items()}
    return replace(house, config=replace(house.config, **changed))


def test_an_open_door_says_what_it_offers(house: House) -> None:
    with door(
        b"220 mail.desk.example hello\r\n", b"250-mail\r\n250-SIZE 99\r\n250 PIPELINING\r\n", b"221 bye\r\n"
    ) as port:
        at = Listen("127.0.0.1", port)
        found = levels(doors.check(served(replace(house, server=77), smtp=at)))
    assert found[f"smtp {at}: mail.desk.example hello; offers SIZE 99, PIPELINING"] is Level.OK
    assert set(found.values()) == {Level.OK}


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ((b"421 too busy\r\n",), "421 too busy"),
        ((), "closed the connection"),
        ((b"220 hi\r\n", b"502 what\r\n"), "502 what"),
        ((b"220 hi\r\n", b"250-a\r\n" * 200), "does not stop"),
        ((b"SSH-2.0-OpenSSH\r\n",), "SSH"),
    ],
)
def test_a_door_that_does_not_answer_is_a_problem(house: House, says: tuple[bytes, ...], words: str) -> None:
    with door(*says) as port:
        only(doors.check(served(replace(house, server=77), smtp=Listen("127.0.0.1", port))), words, Level.PROBLEM)


@pytest.mark.parametrize(
    ("offer", "level"), [(b"STARTTLS", Level.OK), (b"AUTH PLAIN", Level.OK), (b"X", Level.PROBLEM)]
)
def test_a_submission_door_must_let_people_log_in(house: House, offer: bytes, level: Level) -> None:
    with door(b"220 hi\r\n", b"250-hi\r\n250 " + offer + b"\r\n", b"221 bye\r\n") as port:
        at = {"smtp": Listen("127.0.0.1", 0), "submission": Listen("127.0.0.1", port)}
        found = levels(doors.check(served(replace(house, server=77), **at)))
    assert worst([Finding(area="", level=one, what="") for one in found.values()]) is level


def test_a_silent_door_and_a_shut_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(dialogue.NoAnswer, match=r"within 0\.2 s"):
            dialogue.ask("127.0.0.1", port, lmtp=False, hello="x", seconds=0.2)
    only(doors.check(served(replace(house, server=77), lmtp=Listen("127.0.0.1", port))), "refused", Level.PROBLEM)


def test_doors_of_a_desk_that_nobody_serves(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = Listen("127.0.0.1", server.getsockname()[1])
        wrong = bad(doors.check(served(house, smtp=taken)))
    assert wrong.pop("nobody serves the desk on this machine") is Level.WARNING
    assert list(wrong.values()) == [Level.PROBLEM]
    only(doors.check(served(house, smtp=taken)), "nobody serves", Level.WARNING)
    assert "no door takes mail" in str(bad(doors.check(served(house))))
    assert doors.reachable("0.0.0.0") == "127.0.0.1"
    assert doors.reachable("::") == "::1"


# The way out


def smarthost(house: House, port: int, **more: Any) -> House:
    way = replace(
        house.config.outgoing, scheme="smtp", maildir=None, host="127.0.0.1", port=port, **{"timeout": 1.0, **more}
    )
    return replace(house, config=replace(house.config, outgoing=way))


def test_a_smarthost(house: House) -> None:
    offers = b"250-relay\r\n250-SIZE 1000000\r\n250-SMTPUTF8\r\n250 PIPELINING\r\n"
    with door(b"220 relay\r\n", offers) as port:
        only(leaving.check(smarthost(house, port)), "at most 1.0 MB", Level.WARNING)
    only(leaving.check(smarthost(house, port)), "cannot be reached", Level.PROBLEM)
    with door(b"220 relay\r\n", b"250 relay\r\n") as port:
        found = levels(leaving.check(smarthost(house, port)))
    assert set(found.values()) == {Level.OK}
    assert any("no SMTPUTF8" in what for what in found)
    with door(b"220 relay\r\n", offers) as port:
        only(leaving.check(smarthost(house, port, starttls="required")), "does not offer STARTTLS", Level.PROBLEM)


def test_a_smarthost_that_greets_late(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Postfix's postscreen keeps strangers waiting for 6 s; the other steps may take their time as well."""
    assert leaving.SECONDS >= 6 + 2
    assert PATIENT[leaving.AREA] >= 3 * leaving.SECONDS
    asked: list[float] = []

    def connect(told: Outgoing, *_where: Any, **_how: Any) -> Link:
        asked.append(told.timeout)
        raise NoService("x")

    monkeypatch.setattr(leaving, "connect", connect)
    list(leaving.check(smarthost(house, 1, timeout=30.0)))
    assert asked == [leaving.SECONDS]


def test_no_password_is_ever_said(house: House, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2")
    more = {"username": "desk", "password_file": tmp_path / "password"}
    replies = (b"220 relay\r\n", b"250-relay\r\n250 AUTH PLAIN\r\n", b"535 no hunter2 here\r\n", b"221 x\r\n")
    with door(*replies) as port:
        found = list(leaving.check(smarthost(house, port, **more)))
    assert worst(found) is Level.PROBLEM
    assert "hunter2" not in str(found)


def test_a_folder_for_mail(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "sent"

    def look() -> Iterator[Finding]:
        way = replace(house.config.outgoing, maildir=folder)
        return leaving.check(replace(house, config=replace(house.config, outgoing=way)))

    assert bad(look()) == {}
    assert not folder.exists(), "it is not made"
    (folder / "tmp").mkdir(parents=True)
    assert bad(look()) == {}
    assert list((folder / "tmp").iterdir()) == []
    (folder / "tmp").rmdir()
    folder.rmdir()
    folder.write_text("in the way")
    folder = folder / "sent"
    only(look(), "cannot be made", Level.PROBLEM) if os.getuid() else look()


# Certificates


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Path, Path]]:
    """Makes self-signed certificates with their keys."""

    def make(days: int = 90, name: str = "mail.desk.example") -> tuple[Path, Path]:
        folder = tmp_path_factory.mktemp("tls")
        subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
        kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        command = ["openssl", "req", "-x509", *kind, "-days", str(days), *subject]
        try:
            subprocess.run([*command, "-keyout", folder / "k", "-out", folder / "c"], check=True, capture_output=True)
        except FileNotFoundError:
            pytest.skip("openssl is not installed")
        return folder / "c", folder / "k"

    return make


def look_at(certificate: Path, key: Path, now: datetime | None = None) -> list[Finding]:
    return list(certificates.examine(certificate, key, "mail.desk.example", now or datetime.now(UTC)))


def test_certificates(pair: Callable[..., tuple[Path, Path]], tmp_path: Path) -> None:
    certificate, key = pair()
    assert bad(look_at(certificate, key)) == {}
    soon = datetime.now(UTC) + timedelta(days=80)
    only(look_at(certificate, key, soon), "days", Level.WARNING)
    other, other_key = pair(name="www.elsewhere.example")
    only(look_at(other, other_key), "its names: www.elsewhere.example", Level.WARNING)
    only(look_at(certificate, other_key), "is not the key of", Level.PROBLEM)
    only(look_at(tmp_path / "none", key), "No such file", Level.PROBLEM)
    (tmp_path / "text").write_text("no certificate")
    only(look_at(tmp_path / "text", key), "cannot be used", Level.PROBLEM)


def test_an_expired_certificate(pair: Callable[..., tuple[Path, Path]], tmp_path: Path) -> None:
    _, key = pair()
    (tmp_path / "index").touch()
    (tmp_path / "ca.cnf").write_text(
        f"[ca]\ndefault_ca = d\n[d]\ndatabase = {tmp_path}/index\nnew_certs_dir = {tmp_path}\nrand_serial = yes\n"
        "default_md = sha256\npolicy = p\n[p]\ncommonName = supplied\n"
    )
    dates = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"]
    for command in (
        ["req", "-new", "-key", key, "-subj", "/CN=mail.desk.example", "-out", tmp_path / "request"],
        ["ca", "-batch", "-selfsign", "-keyfile", key, "-in", tmp_path / "request", "-out", tmp_path / "c", "-notext",
         "-config", tmp_path / "ca.cnf", *dates],
    ):  # fmt: skip
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    only(look_at(tmp_path / "c", key), "has expired", Level.PROBLEM)


def test_an_encrypted_key_asks_nobody(pair: Callable[..., tuple[Path, Path]], tmp_path: Path) -> None:
    certificate, key = pair()
    locked = tmp_path / "locked"
    command = ["openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:hunter2", "-out", locked]
    subprocess.run(command, check=True, capture_output=True)
    only(look_at(certificate, locked), "is encrypted", Level.PROBLEM)


def test_no_certificate_where_mail_comes_from_outside(house: House) -> None:
    assert bad(certificates.check(served(house, smtp=Listen("127.0.0.1", 25)))) == {}
    only(certificates.check(served(house, smtp=Listen("0.0.0.0", 25))), "without STARTTLS", Level.WARNING)
    assert bad(certificates.check(served(house, submission=Listen("127.0.0.1", 587)))) == {}
    wrong = bad(certificates.check(served(house, submission=Listen("0.0.0.0", 587))))
    assert any("can log in" in what and level is Level.PROBLEM for what, level in wrong.items())


# Mail that waits


def keep(house: House, at: datetime) -> int:
    envelope = Envelope(sender="n@n.example", recipients=("support@desk.example",), received_at=at, door="smtp")
    assert house.store is not None
    with house.store.turn() as connection:
        return journal.append(connection, [Received.of(envelope, MAIL)])[0].id


def test_mail_that_waits_for_its_verdict(house: House) -> None:
    keep(house, house.desk_now)
    assert bad(waiting.check(house)) == {}
    later = replace(house, now=house.now + timedelta(minutes=30))
    only(waiting.check(later), "the oldest since 30 min", Level.PROBLEM)
    assert any("mail list --undecided" in finding.fix for finding in waiting.check(later))


def change(house: House, table: Any, **values: Any) -> None:
    assert house.store is not None
    with house.store.turn() as connection:
        connection.execute(update(table).values(**values))


def test_mail_that_does_not_leave_and_mail_that_nobody_could_read(still: StillDesk) -> None:
    still.mail(MAIL, "nora@northwind.example")
    house = replace(open_house(still.config), now=still.now)
    assert house.store is not None
    later = replace(house, now=still.now + timedelta(hours=2))
    assert bad(waiting.check(house)) == {}
    change(house, outbox_table, state="queued", next_attempt_at=still.now, lease_until=None)
    only(waiting.check(later), "nobody sends it", Level.PROBLEM)
    change(house, outbox_table, state="sending", lease_until=later.now + timedelta(seconds=20))
    assert not any("nobody" in what for what in bad(waiting.check(later))), "a slow smarthost is being given it"
    change(house, outbox_table, state="queued", next_attempt_at=later.now + timedelta(hours=1), last_text="450 later")
    only(waiting.check(later), "450 later", Level.WARNING)
    change(house, outbox_table, state="held")
    only(waiting.check(house), "are held", Level.WARNING)
    change(house, outbox_table, state="failed", next_attempt_at=still.now)
    only(waiting.check(house), "failed in the last day", Level.WARNING)
    change(house, outbox_table, state="sending", lease_owner="x", lease_until=still.now - timedelta(hours=1),
           next_attempt_at=still.now + timedelta(hours=9))  # fmt: skip
    wrong = bad(waiting.check(house))
    assert any("process that is gone" in what for what in wrong), wrong
    change(house, outbox_table, state="sent")
    change(house, journal_table, verdict="unreadable")
    only(waiting.check(house), "could not be read", Level.WARNING)
    wrong = bad(waiting.check(replace(house, now=still.now + timedelta(days=2))))
    assert not any("read" in what for what in wrong), "only the last day counts"
    house.store.close()


def test_timers_that_nobody_does(still: StillDesk) -> None:
    still.mail(MAIL, "nora@northwind.example")
    house = replace(open_house(still.config), now=still.now + timedelta(days=1))
    only(waiting.check(house), "timers are overdue", Level.PROBLEM)
    assert house.store is not None
    house.store.close()
