"""The machine room of the configuration as plain frozen values: what doors, readers, senders and jobs are handed.

Made by `gateway.config.loading` once. Light on purpose: disposable processes import it without the validating
library. Paths are absolute here. No password of the file is here: only the file that holds one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from gateway.config.notation import Listen
from gateway.config.problem import ConfigError
from gateway.rules.desk import Desk

SECRET_FILE = "secret"  # noqa: S105 - a file name
SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where the desk keeps what it knows: the database, and the folder of spool, secret and lock."""

    url: str
    data: Path
    reserve: int
    """Bytes of free disk below which doors take no more mail."""

    @property
    def spool(self) -> Path:
        """Where large mail waits between a door and the store, and between the store and a reader."""
        return self.data / "spool"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpDoor:
    """The SMTP door; `listen` is None when it stays shut."""

    listen: Listen | None
    max_size: int
    connections: int
    connections_per_address: int
    hostname: str
    recipients: int
    errors: int
    commands: int
    idle: timedelta
    session: timedelta
    data_rate: int
    certificate: Path | None
    private_key: Path | None
    proxy_listen: Listen | None
    proxy_from: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The door for staff who log in (RFC 6409); shut unless configured. It keeps the limits of the SMTP door."""

    listen: Listen | None
    logins_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LmtpDoor:
    """The LMTP door; it keeps the limits of the SMTP door."""

    listen: Listen | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDoor:
    """The pages; `public_url` is how customers reach them, without a slash at the end."""

    listen: Listen | None
    public_url: str
    operators_from: frozenset[str]
    """Who may see metrics and the reasons of the health page: addresses of hosts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """With what mail is signed as it leaves (RFC 6376)."""

    selector: str
    domain: str
    key_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """How mail leaves. `scheme` is maildir (then `maildir` is its folder), smtp or smtps (then host and port)."""

    scheme: str
    maildir: Path | None
    host: str
    port: int
    username: str
    password_file: Path | None
    password: str = field(repr=False)
    """From the environment only; empty when a file holds it or there is none."""
    starttls: str
    connections: int
    timeout: float
    ca_file: Path | None
    token_command: tuple[str, ...] = field(default=(), repr=False)
    signing: Signing | None = None
    """None: mail leaves unsigned, or whoever carries it signs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapMailbox:
    """A folder of an account on another server that mail is collected from (RFC 9051).

    `number` is its place in the file (from 1), by which logs call it; `name` what the store knows it by. `tls` is
    implicit, starttls or none; `after` is leave, flag or move; `authserv_id` in lower case, `-` for one that is not
    named.
    """

    number: int
    name: str
    host: str
    port: int
    username: str
    password_file: Path | None
    password_env: str
    token_command: tuple[str, ...]
    tls: str
    ca_file: Path | None
    folder: str
    to: str
    after: str
    flag: str
    done_folder: str
    refused_folder: str
    backlog: str
    authserv_id: str
    poll_seconds: float
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderLimits:
    """What a reader process may use for one mail."""

    processes: int
    deadline: timedelta
    memory_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """Whether the desk looks at SPF, DKIM, DMARC and ARC itself, and whom it asks: name servers as (address, port),
    none for those of the system."""

    enabled: bool = False
    nameservers: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One key with its effective value and where that came from: the file, a variable, or the default."""

    key: str
    value: object
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration, checked. `policy` is the desk without its secret; rules get `desk(secret)`."""

    file: Path
    demo: bool
    store: StoreSettings
    smtp: SmtpDoor
    submission: Submission
    lmtp: LmtpDoor
    web: WebDoor
    outgoing: Outgoing
    reader: ReaderLimits
    clock_offset: timedelta
    policy: Desk
    settings: tuple[Setting, ...]
    warnings: tuple[str, ...]
    verify: Verify = field(default_factory=Verify)
    imap: tuple[ImapMailbox, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder that relative paths of the file start from."""
        return self.file.parent

    def desk(self, secret: bytes) -> Desk:
        """What rules and stages may know, with the secret that signs reply addresses."""
        if len(secret) < SHORTEST_SECRET:
            raise ValueError(f"the desk's secret has {len(secret)} bytes; it needs at least {SHORTEST_SECRET}")
        return replace(self.policy, secret=secret)


def read_secret(data: Path) -> bytes:
    """The desk's secret from its data folder, where `replydesk init` put it."""
    file = data / SECRET_FILE
    try:
        secret = bytes.fromhex(file.read_text(encoding="ascii"))
    except FileNotFoundError:
        new = '"replydesk init" makes one for a new desk, in a folder of its own'
        raise ConfigError((f"no secret at {file}: bring the one of this desk back from its backup; {new}",)) from None
    except OSError as fault:
        raise ConfigError((f"{file}: cannot be read: {fault.strerror}",)) from None
    except ValueError:
        raise ConfigError((f"{file}: found something else; expected hexadecimal digits",)) from None
    if len(secret) < SHORTEST_SECRET:
        raise ConfigError((f"{file}: found {len(secret)} bytes; expected at least {SHORTEST_SECRET}",))
    return secret
