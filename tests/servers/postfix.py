"""A real Postfix for tests, and what stands for the world behind it.

In: settings of `main.cf` and files beside it, also those that a page of `docs/` tells people to write (`documented`);
the ports of its neighbours. Out: a running instance, its log and its queue.
It runs as root from a folder of its own (configuration, queue, data) on high loopback ports, next to whatever Postfix
the machine has, and is stopped by its own process number.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from tests.servers.leash import leash
from tests.servers.requirement import missing

START_SECONDS = 120.0

# The backoff is not one second, which is none to Postfix: a mail that is taken up again while its last attempt has not
# let go of its file then rests for 60 seconds (`qmgr_active_feed`), which whoever waits for the queue must outlast.
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.desk.example
mydestination =
local_recipient_maps =
relay_domains = desk.example, northwind.example
relay_recipient_maps =
transport_maps = inline:{{ desk.example={inward} northwind.example=smtp:[127.0.0.1]:{sink} gone.example={inward} }}
recipient_delimiter = +
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions =
smtpd_peername_lookup = no
smtp_host_lookup = native
smtp_tls_security_level = none
lmtp_tls_security_level = none
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
minimal_backoff_time = 3s
maximal_backoff_time = 3s
queue_run_delay = 1s
transport_retry_time = 1s
service_throttle_time = 1s
lmtp_destination_recipient_limit = 50
alias_maps =
alias_database =
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
"""


_BLOCK = re.compile(r"^```(?:ini|toml) (\S+) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DOCS = Path(__file__).parents[2] / "docs"


def documented(page: str, setup: str, instead: Mapping[str, str]) -> dict[str, str]:
    """The files of a set-up, by name, as a page of `docs/` has them: blocks whose fence says `ini FILE SETUP`. What
    must be another thing on this machine stands in `instead`; what of that the page does not have fails the test."""
    text = (DOCS / page).read_text("utf-8")
    found = {file: body for file, name, body in _BLOCK.findall(text) if name == setup}
    assert found, f"docs/{page} has no set-up {setup}"
    for old, new in instead.items():
        assert any(old in body for body in found.values()), f"docs/{page}, {setup}: {old!r} is not there any more"
        found = {file: body.replace(old, new) for file, body in found.items()}
    return found


def read_settings(text: str) -> dict[str, str]:
    """The parameters of a `main.cf` without continuation lines, which our pages do without."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}


class Postfix:
    """One instance. `inward` is the transport of mail for the desk, `sink` the port that takes all other mail; what
    else differs from `MAIN` are `settings`. `files` are written beside the configuration; a `master.cf` among them is
    added to ours."""

    def __init__(self, sink: int = 9, port: int = 0) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="replydesk-postfix-"))
        self.folder.chmod(0o755)
        self.config = self.folder / "etc"
        self.port = port or free_port()
        self._sink = sink
        self._process: subprocess.Popen[bytes] | None = None

    def start(
        self, inward: str = "", settings: Mapping[str, str] | None = None, files: Mapping[str, str] | None = None
    ) -> Postfix:
        """Write its configuration and start it; again after `halt`, on the same port and queue."""
        daemons = _default("daemon_directory")
        for name in ("etc", "queue", "data"):
            (self.folder / name).mkdir(mode=0o755, exist_ok=True)
        shutil.chown(self.folder / "data", "postfix")
        main = MAIN.format(folder=self.folder, daemons=daemons, inward=inward or "error:nowhere", sink=self._sink)
        (self.config / "main.cf").write_text(_merged(main, settings or {}))
        (self.config / "master.cf").write_text(MASTER.format(port=self.port))
        for name, text in (files or {}).items():
            with (self.config / name).open("a" if name == "master.cf" else "w") as file:
                file.write(text)
        for name in ("post-install", "postfix-script", "postfix-files", "dynamicmaps.cf"):  # Debian's `postfix check`
            source = Path("/etc/postfix") / name
            if source.exists():
                shutil.copy(source, self.config / name)
        self._make_queue()
        self.resume()
        return self

    def resume(self) -> None:
        """Start its master, as it is configured."""
        command = [str(Path(_default("daemon_directory")) / "master"), "-c", str(self.config), "-d"]
        self._process = subprocess.Popen(
            command,
            env={**os.environ, "MAIL_CONFIG": str(self.config)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=leash,
        )
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Postfix did not start: {self.log()[-2000:]}")
            time.sleep(0.05)

    def _make_queue(self) -> None:
        """What `postfix check` would make: folders of the right owners."""
        owned = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved")
        for name in (*owned, "trace", "public", "maildrop", "pid"):
            folder = self.folder / "queue" / name
            folder.mkdir(exist_ok=True)
            if name != "pid":
                shutil.chown(folder, "postfix", "postdrop" if name in ("public", "maildrop") else None)
            folder.chmod({"public": 0o710, "maildrop": 0o1730, "pid": 0o755}.get(name, 0o700))

    def log(self) -> str:
        file = self.folder / "log"
        return file.read_text("utf-8", "replace") if file.exists() else "(no log)"

    def queued(self) -> int:
        """Mails in its queue. They are looked for there and back: one that is moved on meanwhile is not missed."""
        names = ("maildrop", "incoming", "active", "deferred")
        folders = [self.folder / "queue" / name for name in (*names, *reversed(names))]
        return len({file.name for folder in folders for file in folder.rglob("*") if not file.is_dir()})

    def halt(self) -> None:
        """Stop it; its queue stays."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def stop(self) -> None:
        """Stop it, and nothing of it stays."""
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)


class Sink:
    """smtp-sink: takes every mail into a folder, one file each with its envelope."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="replydesk-sink-"))
        self.folder.chmod(0o777)
        self.port = free_port()
        command = ["smtp-sink", "-c", "-d", "mail.", f"127.0.0.1:{self.port}", "100"]
        if os.geteuid() == 0:
            command[1:1] = ["-u", "nobody"]
        self._process = subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=leash,
        )
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            assert time.monotonic() < deadline, "smtp-sink does not answer"
            time.sleep(0.05)

    def mails(self) -> list[tuple[str, str, bytes]]:
        """Reverse-path, recipient and content of each mail that is there whole."""
        found = []
        files = sorted(self.folder.iterdir())
        written = self._written()
        for file in files:
            if str(file) in written:
                continue
            head, blank, content = file.read_bytes().partition(b"\nReceived:")
            lines = head.decode().splitlines()
            sender = next((line.split()[1] for line in lines if line.startswith("X-Mail-Args:")), "")
            recipient = next((line.split()[1] for line in lines if line.startswith("X-Rcpt-Args:")), "")
            if blank and content.endswith(b"\n"):
                found.append((sender, recipient, b"Received:" + content))
        return found

    def _written(self) -> set[str]:
        """The files that it has open: they are not whole yet."""
        found = set()
        for number in Path(f"/proc/{self._process.pid}/fd").iterdir():
            with suppress(OSError):
                found.add(str(number.readlink()))
        return found

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _default(name: str) -> str:
    asked = subprocess.run(["postconf", "-dh", name], capture_output=True, text=True, check=True)
    return asked.stdout.strip()


def _merged(main: str, settings: Mapping[str, str]) -> str:
    """The configuration with these settings in place of its own of the same names."""
    given = dict(line.split(" =", 1) for line in main.splitlines())
    given |= {name: f" {value}" for name, value in settings.items()}
    return "".join(f"{name} ={value}\n" for name, value in given.items())


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            return sock.recv(3) == b"220"
    except OSError:
        return False


def inject(postfix: Postfix, content: bytes, sender: str, *recipients: str) -> None:
    """Hand a mail to it as another mail server does."""
    with smtplib.SMTP("127.0.0.1", postfix.port, local_hostname="mx.northwind.example", timeout=60) as client:
        client.sendmail(sender, list(recipients), content)


def require_postfix() -> None:
    """End the test where Postfix is not installed, or where it cannot run."""
    for program in ("postconf", "smtp-sink", "smtp-source"):
        if shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
            missing("Postfix is not installed (Debian: apt-get install postfix)")
    if os.geteuid() != 0:
        missing("Postfix's master runs as root only")
    try:
        pwd.getpwnam("postfix")
    except KeyError:
        missing("Postfix is not set up: there is no user postfix (Debian: apt-get install postfix)")


@pytest.fixture
def sbin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Postfix's programs are found."""
    monkeypatch.setenv("PATH", f"{os.environ.get('PATH', '')}:/usr/sbin")


@pytest.fixture
def sink(sbin: None) -> Iterator[Sink]:
    """What takes all mail for the world."""
    require_postfix()
    one = Sink()
    yield one
    one.stop()


@pytest.fixture
def postfix(sink: Sink) -> Iterator[Postfix]:
    """A Postfix that is not started yet."""
    one = Postfix(sink.port)
    yield one
    one.stop()
