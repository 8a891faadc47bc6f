"""Rights of files: the secret, the data folder, passwords and keys are nobody else's to read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from gateway.config.problem import ConfigError
from gateway.config.settings import SECRET_FILE, read_secret
from gateway.doctor.finding import Finding, fine, problem, warning
from gateway.doctor.house import House

AREA = "files"


def check(house: House) -> Iterator[Finding]:
    """Each file that holds something, and the folder around them."""
    config = house.config
    data = config.store.data
    if data.is_dir():
        yield _folder(data)
    try:
        read_secret(data)
    except ConfigError as error:
        yield problem(
            AREA, "; ".join(error.problems), "bring the secret of this desk back: without it no reply is recognised"
        )
    else:
        yield closed(data / SECRET_FILE, "the desk's secret", 0o077)
    if house.file is not None and house.file.exists() and data.resolve() not in house.file.resolve().parents:
        yield closed(house.file, "the database, with every mail", 0o007)
    named = (
        (config.outgoing.password_file, "outgoing.password_file", 0o007),
        (config.smtp.private_key, "smtp.private_key", 0o007),
        (config.submission.logins_file, "submission.logins_file", 0o007),
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
