"""Mail that leaves into a folder: parcels in, one durable file each in `new/`, an outcome for each.

Files begin with Return-Path and Delivered-To of the envelope. `delivered` is only said after the bytes and the folder
are on disk; a reader of the folder must never see half a file.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from gateway.transport.parcel import Begin, Outcome, Parcel, at_once, refuse

_TOGETHER = 64  # files open at once
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Maildir:
    """The Maildir at `folder`; it is made when it is missing."""

    def __init__(self, folder: str, hostname: str) -> None:
        self._folder = Path(folder)
        self._host = re.sub(r"[^A-Za-z0-9.-]", "-", hostname) or "localhost"

    def send(self, parcels: Iterable[Parcel], begin: Begin = at_once) -> Iterator[tuple[int, Outcome]]:
        """Write all, then say so: the directory is flushed once per group."""
        supply = iter(parcels)
        while group := list(islice(supply, _TOGETHER)):
            sound: list[Parcel] = []
            for parcel in group:
                if refusal := refuse(parcel):
                    yield parcel.id, refusal
                elif begin(parcel):
                    sound.append(parcel)
            if sound:
                yield from self._store(sound)

    def close(self) -> None:
        """Nothing is kept open between batches."""

    def _store(self, parcels: Sequence[Parcel]) -> list[tuple[int, Outcome]]:
        try:
            for name in ("tmp", "new", "cur"):
                (self._folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            return [(parcel.id, self._explain(error)) for parcel in parcels]
        outcomes: list[tuple[int, Outcome]] = []
        written: list[tuple[int, str, int]] = []
        for parcel in parcels:
            name = f"{int(time.time())}.I{parcel.id}R{secrets.token_hex(8)}.{self._host}"
            try:
                written.append((parcel.id, name, self._write(name, parcel)))
            except OSError as error:
                outcomes.append((parcel.id, self._explain(error)))
        for number, name, descriptor in written:
            outcomes.append((number, self._settle(name, descriptor)))
        try:
            _flush(self._folder / "new")
        except OSError as error:
            fault = f"unknown: may have been delivered; {self._explain(error).text}"
            return [(number, Outcome(451, fault) if told.delivered else told) for number, told in outcomes]
        return outcomes

    def _write(self, name: str, parcel: Parcel) -> int:
        """The whole file in tmp/, its writing begun but not awaited: then one journal commit of the file system
        carries many files."""
        path = self._folder / "tmp" / name
        head = f"Return-Path: <{parcel.envelope_from}>\r\nDelivered-To: {parcel.recipient}\r\n".encode()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            rest = memoryview(head + parcel.content)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        return descriptor

    def _settle(self, name: str, descriptor: int) -> Outcome:
        path = self._folder / "tmp" / name
        try:
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            path.rename(self._folder / "new" / name)
        except OSError as error:
            with suppress(OSError):
                path.unlink()
            return self._explain(error)
        return Outcome(250, f"2.0.0 stored as {name}")

    def _explain(self, error: OSError) -> Outcome:
        code = 452 if error.errno in _FULL else 451
        return Outcome(code, f"the folder {self._folder} cannot be written: {error.strerror or 'unknown fault'}")


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
