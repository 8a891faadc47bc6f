"""Who may submit mail: names and passwords from the logins file, and how often somebody may try.

In: a name, a password, a client's address. Out: whether they fit, after a time that does not tell whether the name
exists; how long an address must wait. Passwords are kept as scrypt hashes only and appear in no log.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import logging
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

COST, BLOCK, PARALLEL = 1 << 15, 8, 1
_MOST_COST = 1 << 20
_MEMORY = 256 << 20
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 300.0
_MOST_SOURCES = 10_000

Source = str | bytes

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hash:
    """One password: scrypt with its parameters (RFC 7914)."""

    cost: int
    block: int
    parallel: int
    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, password: str, salt: bytes) -> Hash:
        return cls(COST, BLOCK, PARALLEL, salt, _scrypt(password.encode(), salt, COST, BLOCK, PARALLEL, 32))

    @classmethod
    def read(cls, text: str) -> Hash:
        """`scrypt:N:r:p:salt:hash`; raises `ValueError`."""
        kind, cost, block, parallel, salt, digest = text.split(":")
        found = cls(int(cost), int(block), int(parallel), bytes.fromhex(salt), bytes.fromhex(digest))
        fits = kind == "scrypt" and 2 <= found.cost <= _MOST_COST and found.cost & (found.cost - 1) == 0
        fits = fits and 1 <= found.block <= 32 and 1 <= found.parallel <= 16
        if not fits or len(found.salt) < 8 or not 16 <= len(found.digest) <= 64:
            raise ValueError(kind)
        if 128 * found.block * (found.cost + found.parallel + 2) > _MEMORY:
            raise ValueError("too much memory")
        return found

    def fits(self, password: bytes) -> bool:
        made = _scrypt(password, self.salt, self.cost, self.block, self.parallel, len(self.digest))
        return hmac.compare_digest(made, self.digest)

    def __str__(self) -> str:
        return f"scrypt:{self.cost}:{self.block}:{self.parallel}:{self.salt.hex()}:{self.digest.hex()}"


def _scrypt(password: bytes, salt: bytes, cost: int, block: int, parallel: int, length: int) -> bytes:
    return hashlib.scrypt(password, salt=salt, n=cost, r=block, p=parallel, maxmem=_MEMORY, dklen=length)


def line(address: str, password: str, salt: bytes) -> str:
    """A line of the logins file."""
    return f"{address} {Hash.of(password, salt)}"


class Logins:
    """The logins file; it is read again when it has changed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_at: tuple[int, int] | None = None
        self._hashes: dict[str, Hash] = {}
        self._nobody = Hash(COST, BLOCK, PARALLEL, secrets.token_bytes(16), secrets.token_bytes(32))

    def fits(self, name: str, password: bytes) -> bool:
        """Whether they may log in. Slow on purpose: call it in a thread, one at a time."""
        self._refresh()
        found = self._hashes.get(name.strip().lower())
        fits = (found or self._nobody).fits(password)
        return fits and found is not None

    def _refresh(self) -> None:
        try:
            stat = self._file.stat()
            state = (stat.st_mtime_ns, stat.st_size)
            if state != self._read_at:
                self._hashes = self._parse(self._file.read_text("utf-8"))
                self._read_at = state
        except (OSError, UnicodeDecodeError) as error:
            if self._read_at is not None or not self._hashes:
                log.error("the logins file %s cannot be read: %s", self._file, getattr(error, "strerror", "no text"))
            self._hashes, self._read_at = {}, None

    def _parse(self, text: str) -> dict[str, Hash]:
        found: dict[str, Hash] = {}
        for number, row in enumerate(text.splitlines(), 1):
            words = row.partition("#")[0].split()
            if not words:
                continue
            try:
                name, hashed = words
                found[name.lower()] = Hash.read(hashed)
            except (ValueError, binascii.Error):
                log.error("%s, line %s is not a login: make one with replydesk config login", self._file, number)
        if found:  # who is not there takes as long as who is
            first = next(iter(found.values()))
            self._nobody = Hash(first.cost, first.block, first.parallel, first.salt, secrets.token_bytes(32))
        return found


class Backoff:
    """How long a source must wait after failed logins: 1 s, doubled up to 5 min. It remembers so many and no more."""

    def __init__(self) -> None:
        self._failures: OrderedDict[Source, tuple[int, float]] = OrderedDict()

    def wait(self, source: Source, now: float) -> float:
        """Seconds until it may try again; 0 when it may."""
        _, until = self._failures.get(source, (0, now))
        return max(0.0, until - now)

    def failed(self, source: Source, now: float) -> None:
        failures, until = self._failures.pop(source, (0, now))
        if now - until > _LONGEST_WAIT:
            failures = 0
        self._failures[source] = (failures + 1, now + min(_FIRST_WAIT * 2 ** min(failures, 10), _LONGEST_WAIT))
        while len(self._failures) > _MOST_SOURCES:
            self._failures.popitem(last=False)

    def succeeded(self, source: Source) -> None:
        self._failures.pop(source, None)
