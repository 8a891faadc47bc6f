"""Rights of files: secret, data folder, passwords and keys are nobody else's to read, and the desk's own to write."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from gateway.config.problem import ConfigError
from gateway.config.settings import SECRET_FILE, read_secret
from gateway.doctor.finding import Finding, fine, problem, warning
from gateway.doctor.house import House
from gateway.lock import FILE as LOCK_FILE
from store.witness import FILE as WITNESS_FILE

AREA = "files"
_OTHERS_WRITE = 0o022


def check(house: House) -> Iterator[Finding]:
    """Each file that holds something, and the folder around them."""
    config = house.config
    data = config.store.data
    if data.is_dir():
        yield _folder(data)
        yield from _left_by_others(house)
    try:
        read_secret(data)
    except ConfigError as error:
        is_there = os.path.lexists(data / SECRET_FILE) or not os.access(data, os.X_OK)
        cure = "mend it, or its rights, or ask as the user of the desk" if is_there else "do what it says"
        yield problem(AREA, "; ".join(error.problems), f"{cure}: without its secret no reply is recognised")
    else:
        yield closed(data / SECRET_FILE, "the desk's secret", 0o077)
    if house.file is not None and house.file.exists() and data.resolve() not in house.file.resolve().parents:
        yield closed(house.file, "the database, with every mail", 0o007)
    named = (
        (config.outgoing.password_file, "outgoing.password_file", 0o007),
        (config.smtp.private_key, "smtp.private_key", 0o007),
        (config.submission.logins_file, "submission.logins_file", 0o007),
        *((one.password_file, f"imap[{one.number}].password_file", 0o007) for one in config.imap),
    )
    for file, name, others in named:
        if file is not None:
            yield _readable(file, name, others)


def _folder(data: Path) -> Finding:
    mode = stat.S_IMODE(data.stat().st_mode)
    if mode & 0o077:
        return warning(AREA, f"{data} is open to others ({mode:04o})", f"chmod 700 {data}")
    if not os.access(data, os.W_OK | os.X_OK):
        return problem(
            AREA,
            f"{data} cannot be written by user {os.getuid()}",
            "run this as the user of the desk, or mend its rights",
        )
    return fine(AREA, f"{data} is the desk's alone")


def _left_by_others(house: House) -> Iterator[Finding]:
    """What root left in the folder of the desk's user, by a command or a restore: the desk cannot write it."""
    data = house.config.store.data
    owner = data.stat().st_uid
    database = [house.file, *(Path(f"{house.file}-{end}") for end in ("wal", "shm"))] if house.file else []
    for file in (data / SECRET_FILE, data / LOCK_FILE, data / WITNESS_FILE, house.config.store.spool, *database):
        try:
            found = file.stat()
        except OSError:
            continue
        if owner not in (0, found.st_uid) and not found.st_mode & _OTHERS_WRITE:
            what = f"{file} is of user {_name(found.st_uid)}, the data folder of {_name(owner)}, who serves"
            yield problem(AREA, what, f"chown {_name(owner)} {file}")


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _readable(file: Path, name: str, others: int) -> Finding:
    try:
        with file.open("rb") as stream:
            empty = not stream.read(1)
    except OSError as error:
        return problem(AREA, f"{name} {file} cannot be read: {error.strerror}", "bring it, or mend its rights")
    if empty:
        return problem(AREA, f"{name} {file} is empty", "put into it what belongs there")
    return closed(file, name, others)


def closed(file: Path, name: str, others: int) -> Finding:
    """`others` are the rights that nobody else may have."""
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & others:
        return problem(AREA, f"{name} ({file}) is open to others: {mode:04o}", f"chmod 600 {file}")
    return fine(AREA, f"{name} is closed to others ({mode:04o})")
