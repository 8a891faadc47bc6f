"""Mail to a folder: whole files, on disk before anyone hears of them, also when the disk is full."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from gateway.transport import Outgoing, Parcel, open_transport
from gateway.transport import maildir as maildir_module
from tests.unit.transport.sink import BODY, parcels


def test_a_maildir_gets_one_whole_file_for_each_parcel(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "sent"
    transport = open_transport(Outgoing(url=f"maildir:{folder}", hostname="desk/:.example"))
    batch = [Parcel(n, "b@desk.example" if n % 2 else "", f"n{n}@x.example", BODY) for n in range(1, 131)]
    outcomes = dict(transport.send(batch))
    assert set(outcomes) == set(range(1, 131))
    assert all(outcome.delivered for outcome in outcomes.values())
    files = {path.name: path.read_bytes() for path in (folder / "new").iterdir()}
    assert len(files) == 130
    assert b"Return-Path: <b@desk.example>\r\nDelivered-To: n7@x.example\r\n" + BODY in files.values()
    assert b"Return-Path: <>\r\nDelivered-To: n8@x.example\r\n" + BODY in files.values()
    assert list((folder / "tmp").iterdir()) == []
    assert (folder / "cur").is_dir()


def test_files_are_on_disk_before_anyone_hears_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    real_fsync, real_rename = os.fsync, Path.rename

    def fsync(descriptor: int) -> None:
        told.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_fsync(descriptor)

    def rename(path: Path, target: Path) -> Path:
        told.append("rename")
        return real_rename(path, target)

    monkeypatch.setattr(maildir_module.os, "fsync", fsync)
    monkeypatch.setattr(Path, "rename", rename)
    transport = open_transport(Outgoing(url=f"maildir:{tmp_path}/sent", hostname="h"))
    for _ in transport.send(parcels(3)):
        told.append("told")
    assert told == [*["file", "rename"] * 3, "folder", *["told"] * 3]


def test_a_folder_that_cannot_be_written_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "sent").write_text("a file is in the way")
    ((_, outcome),) = open_transport(Outgoing(url=f"maildir:{tmp_path}/sent", hostname="h")).send(parcels(1))
    assert outcome.temporary
    assert outcome.text == f"the folder {tmp_path}/sent cannot be written: Not a directory"


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fail(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(maildir_module.os, call, fail)
    ((_, outcome),) = open_transport(Outgoing(url=f"maildir:{tmp_path}/sent", hostname="h")).send(parcels(1))
    assert outcome.code == 452
    if call == "write":
        assert [p for p in (tmp_path / "sent").rglob("*") if p.is_file()] == []
