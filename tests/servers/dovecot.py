"""A real Dovecot for the tests: accounts with folders on loopback, with TLS from the start and by STARTTLS.

In: which accounts. Out: ports, a certificate, mail put into folders, what lies in them. It runs from a folder of its
own (configuration, state, mail), beside whatever Dovecot the machine has, and is stopped by its own process number.
"""

from __future__ import annotations

import email.message
import imaplib
import itertools
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.servers.leash import leash
from tests.servers.requirement import missing

START_SECONDS = 120.0
STOP_SECONDS = 30.0
PASSWORD = "a word of the mailbox"

CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/state
instance_name = replydesk-{port}
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_cache_size = 0
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 200
mailbox_list_index = no
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
namespace inbox {{
  inbox = yes
  prefix = {prefix}
  separator = .
}}
protocol imap {{
  imap_idle_notify_interval = 2 mins
  imap_max_line_length = 1M
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  client_limit = 200
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 200
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  client_limit = 1000
}}
"""
Keys = str | int | float | bool | list[str]
_VALIDITY = re.compile(rb"\A3 V(\d{1,10}) ")


class Dovecot:
    """One instance; it may be stopped and started again on the same ports. `prefix` is that of its namespace."""

    def __init__(self, accounts: Sequence[str] = ("support",), prefix: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="replydesk-dovecot-"))
        self.folder.chmod(0o755)
        self.accounts = tuple(accounts)
        self.prefix = prefix
        self.host = "localhost"
        self.port, self.tls_port = _free_port(), _free_port()
        self.certificate = _certify(self.folder)
        self._owner = pwd.getpwnam("nobody")
        self._process: subprocess.Popen[bytes] | None = None
        self._names = itertools.count(1)
        for name in ("run", "state", "mail", "home"):
            (self.folder / name).mkdir(mode=0o755)
        for name in ("mail", "home"):
            shutil.chown(self.folder / name, self._owner.pw_uid, self._owner.pw_gid)
        self.set_password(PASSWORD)
        (self.folder / "password").write_text(f"{PASSWORD}\n")
        (self.folder / "password").chmod(0o600)
        dovecot = pwd.getpwnam("dovecot")
        text = CONFIG.format(
            folder=self.folder, port=self.port, tls_port=self.tls_port, prefix=prefix, internal="dovecot",
            internal_group=_group(dovecot.pw_gid), login="dovenull", uid=self._owner.pw_uid, gid=self._owner.pw_gid,
        )  # fmt: skip
        (self.folder / "conf").write_text(text)

    # Its life

    def start(self) -> Dovecot:
        """Start it and wait until it greets."""
        command = [shutil.which("dovecot") or "/usr/sbin/dovecot", "-F", "-c", str(self.folder / "conf")]
        with (self.folder / "out").open("ab") as out:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=leash, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not _greets(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Dovecot did not start: {self.log()[-2000:]}")
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        """Shut it down: its clients are told BYE or find the line cut."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        files = [self.folder / name for name in ("out", "log")]
        return "".join(file.read_text("utf-8", "replace") for file in files if file.exists())

    def set_password(self, password: str) -> None:
        """The password of all accounts from now on; the desk's file of it stays as it is."""
        self._password = password
        file = self.folder / "users"
        file.with_suffix(".new").write_text("".join(f"{name}:{password}\n" for name in self.accounts))
        file.with_suffix(".new").chmod(0o644)
        file.with_suffix(".new").rename(file)

    def table(self, account: str = "", **keys: Keys) -> dict[str, Keys]:
        """What stands in a desk's `[[imap]]` for that account; TLS from the start unless `keys` say otherwise."""
        port = self.tls_port if keys.get("tls", "implicit") == "implicit" else self.port
        return {
            "host": self.host,
            "port": port,
            "username": account or self.accounts[0],
            "password_file": str(self.folder / "password"),
            "ca_file": str(self.certificate),
            **keys,
        }

    # Its mail

    def box(self, account: str = "", folder: str = "INBOX") -> Path:
        """Where that folder's Maildir lies."""
        root = self.folder / "mail" / (account or self.accounts[0])
        return root if folder == "INBOX" else root / f".{folder.removeprefix(self.prefix)}"

    def deliver(self, content: bytes, folder: str = "INBOX", account: str = "") -> str:
        """Put a message into the folder as a delivery agent would; returns the file's name."""
        box = self.box(account, folder)
        if not (box / "new").is_dir():
            self._make(account or self.accounts[0], folder)
        name = f"{int(time.time())}.M{time.time_ns() % 1_000_000_000}P{os.getpid()}Q{next(self._names)}.test"
        file = box / "tmp" / name
        file.write_bytes(content)
        os.chown(file, self._owner.pw_uid, self._owner.pw_gid)
        file.rename(box / "new" / name)
        return name

    def _make(self, account: str, folder: str) -> None:
        with self.client(account) as client:
            if folder != "INBOX":
                client.create(_quoted(folder))
            client.select(_quoted(folder))

    @contextmanager
    def client(self, account: str = "") -> Iterator[imaplib.IMAP4]:
        """A person's mail program: imaplib, logged in."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=60)
        try:
            client.login(_quoted(account or self.accounts[0]), self._password)
            yield client
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                client.logout()

    def uids(self, folder: str = "INBOX", account: str = "") -> list[int]:
        """The UIDs in the folder; none where it is missing."""
        with self.client(account) as client:
            if client.select(_quoted(folder), readonly=True)[0] != "OK":
                return []
            return [int(word) for word in client.uid("SEARCH", "ALL")[1][0].split()]

    def messages(self, folder: str = "INBOX", account: str = "") -> list[email.message.EmailMessage]:
        """The messages as they lie there."""
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in self.files(folder, account)]

    def files(self, folder: str = "INBOX", account: str = "") -> list[Path]:
        """The files of the messages: `new` and `cur`."""
        box = self.box(account, folder)
        return sorted(file for part in ("new", "cur") for file in (box / part).glob("*"))

    def folders(self, account: str = "") -> list[str]:
        with self.client(account) as client:
            lines = [line for line in client.list()[1] if isinstance(line, bytes)]
            return [line.rpartition(b" ")[2].decode().strip('"') for line in lines]

    def flags(self, folder: str = "INBOX", account: str = "") -> dict[int, set[str]]:
        """The flags of each message but \\Recent, by UID."""
        found = {}
        with self.client(account) as client:
            client.select(_quoted(folder), readonly=True)
            for line in client.uid("FETCH", "1:*", "(FLAGS)")[1]:
                if line is not None and (match := re.search(rb"UID (\d+)", line)):
                    flags = {flag.decode() for flag in imaplib.ParseFlags(line)}
                    found[int(match[1])] = flags - {"\\Recent"}
        return found

    def uidvalidity(self, folder: str = "INBOX", account: str = "") -> int:
        match = _VALIDITY.match((self.box(account, folder) / "dovecot-uidlist").read_bytes())
        assert match is not None
        return int(match[1])

    def reset_uidvalidity(self, folder: str = "INBOX", account: str = "") -> int:
        """Restore the folder as from a backup: the same messages under a new UIDVALIDITY and other UIDs, while the
        server is away for a moment. Returns the new UIDVALIDITY."""
        box, new = self.box(account, folder), self.uidvalidity(folder, account) + 1000
        runs = self._process is not None
        self.stop()
        for file in box.glob("dovecot*"):
            if file.name not in ("dovecot-uidlist", "subscriptions") and file.is_file():
                file.unlink()
        lines = (box / "dovecot-uidlist").read_bytes().splitlines()
        guid = lines[0].rpartition(b" G")[2]
        (box / "dovecot-uidlist").write_bytes(b"3 V%d N1 G%s\n" % (new, guid))
        if runs:
            self.start()
        return new


def _certify(folder: Path) -> Path:
    """A certificate of localhost that nobody else trusts."""
    openssl = shutil.which("openssl")
    if openssl is None:
        missing("there is no openssl here to make a certificate with")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-out", str(folder / "server.pem"), "-keyout", str(folder / "server.key")],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return folder / "server.pem"


def _group(number: int) -> str:
    import grp

    return grp.getgrgid(number).gr_name


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            return sock.recv(4) == b"* OK"
    except OSError:
        return False


def absent() -> str:
    """Why Dovecot cannot run here; empty: it can."""
    if shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        return "Dovecot is not installed (Debian: apt-get install dovecot-imapd)"
    if os.geteuid() != 0:
        return "Dovecot is started by root only"
    for name in ("dovecot", "dovenull"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            return f"Dovecot is not set up: there is no user {name} (Debian: apt-get install dovecot-imapd)"
    return ""


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """A Dovecot that runs, with the accounts `support` and `billing`."""
    if why := absent():
        missing(why)
    one = Dovecot(("support", "billing"))
    try:
        yield one.start()
    finally:
        one.remove()
