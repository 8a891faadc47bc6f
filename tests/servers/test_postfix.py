"""A real Postfix before and behind the desk: mail comes in through it by SMTP and LMTP, and leaves through it.

It runs as root from a folder of its own (configuration, queue, data) on high loopback ports, next to whatever Postfix
the machine has, and is stopped by its own process number.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from store.tables import outbox
from tests.servers.leash import leash
from tests.servers.requirement import missing
from tests.servers.serving import letter
from tests.servers.test_postgresql_desk import ANSWER

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
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
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
"""


class Postfix:
    """One instance. `inward` is the transport of mail for the desk, `sink` the port that takes all other mail."""

    def __init__(self, sink: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="replydesk-postfix-"))
        self.folder.chmod(0o755)
        self.config = self.folder / "etc"
        self.port = _free_port()
        self._sink = sink
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, inward: str) -> None:
        daemons = subprocess.run(
            ["postconf", "-dh", "daemon_directory"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for name in ("etc", "queue", "data"):
            (self.folder / name).mkdir(mode=0o755, exist_ok=True)
        shutil.chown(self.folder / "data", "postfix")
        main = MAIN.format(folder=self.folder, daemons=daemons, inward=inward, sink=self._sink)
        (self.config / "main.cf").write_text(main)
        (self.config / "master.cf").write_text(MASTER.format(port=self.port))
        for name in ("post-install", "postfix-script", "postfix-files", "dynamicmaps.cf"):  # Debian's `postfix check`
            source = Path("/etc/postfix") / name
            if source.exists():
                shutil.copy(source, self.config / name)
        self._make_queue()
        environment = {**os.environ, "MAIL_CONFIG": str(self.config)}
        command = [str(Path(daemons) / "master"), "-c", str(self.config), "-d"]
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=leash,
        )
        deadline = time.monotonic() + 20
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
        """Mails in its queue."""
        names = ("incoming", "active", "deferred", "maildrop")
        return sum(1 for name in names for file in (self.folder / "queue" / name).rglob("*") if file.is_file())

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Sink:
    """smtp-sink: takes every mail into a folder, one file each with its envelope."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="replydesk-sink-"))
        self.folder.chmod(0o777)
        self.port = _free_port()
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
        deadline = time.monotonic() + 10
        while not _answers(self.port):
            assert time.monotonic() < deadline, "smtp-sink does not answer"
            time.sleep(0.05)

    def mails(self) -> list[tuple[str, str, bytes]]:
        """Reverse-path, recipient and content of each mail that is there whole."""
        found = []
        for file in sorted(self.folder.iterdir()):
            head, blank, content = file.read_bytes().partition(b"\nReceived:")
            lines = head.decode().splitlines()
            sender = next((line.split()[1] for line in lines if line.startswith("X-Mail-Args:")), "")
            recipient = next((line.split()[1] for line in lines if line.startswith("X-Rcpt-Args:")), "")
            if blank and content.endswith(b"\n"):
                found.append((sender, recipient, b"Received:" + content))
        return found

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            return sock.recv(3) == b"220"
    except OSError:
        return False


@pytest.fixture
def sink():
    _require()
    one = Sink()
    yield one
    one.stop()


@pytest.fixture
def postfix(sink):
    one = Postfix(sink.port)
    yield one
    one.stop()


def _require() -> None:
    for program in ("postconf", "smtp-sink", "smtp-source"):
        if shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
            missing("Postfix is not installed (Debian: apt-get install postfix)")
    if os.geteuid() != 0:
        missing("Postfix's master runs as root only")
    try:
        pwd.getpwnam("postfix")
    except KeyError:
        missing("Postfix is not set up: there is no user postfix (Debian: apt-get install postfix)")


@pytest.fixture(autouse=True)
def _path(monkeypatch):
    monkeypatch.setenv("PATH", f"{os.environ.get('PATH', '')}:/usr/sbin")


def _inject(postfix, content, sender, *recipients):
    with smtplib.SMTP("127.0.0.1", postfix.port, local_hostname="mx.northwind.example", timeout=30) as client:
        client.sendmail(sender, list(recipients), content)


def test_mail_through_postfix_by_smtp_becomes_a_ticket_and_answers_find_it(desk, postfix, sink):
    one = desk(OUTGOING__URL=f"smtp://127.0.0.1:{postfix.port}").start()
    postfix.start(f"smtp:[127.0.0.1]:{one.port}")
    _inject(postfix, letter(1), "c1@northwind.example", "support@desk.example")
    (row,) = one.decided(1)
    assert (row.verdict, row.door, row.envelope_from) == ("ticket-created", "smtp", "c1@northwind.example")

    sender, recipient, content = one.wait(sink.mails, "acknowledgement in the sink")[0]
    acknowledgement = message_from_bytes(content, policy=policy.default)
    assert (sender, recipient) == ("<>", "<c1@northwind.example>")
    assert acknowledgement["Subject"] == "[DESK-1001] We have your message"
    key = acknowledgement["Reply-To"].addresses[0].addr_spec
    assert key.startswith("support+k")

    reply = letter("reply", words="Here is more.", subject="Re: [DESK-1001] The export stops")
    _inject(postfix, reply.replace(b"creply@", b"c1@"), "c1@northwind.example", key)
    rows = one.wait(lambda: [r for r in one.rows(_journal()) if r.verdict == "appended"], "appended mail")
    assert rows[0].envelope_to == [key], "recipient_delimiter must leave the detail alone"
    assert rows[0].ticket_id == row.ticket_id


def _journal():
    from store.tables import journal

    return journal


def test_answers_leave_through_postfix_with_a_return_path_of_their_own(desk, postfix, sink):
    """Postfix as the smarthost: the null sender for the acknowledgement, VERP for a person's answer."""
    one = desk(OUTGOING__URL=f"smtp://127.0.0.1:{postfix.port}").start()
    postfix.start(f"smtp:[127.0.0.1]:{one.port}")
    _inject(postfix, letter(1), "c1@northwind.example", "support@desk.example")
    one.decided(1)
    _answer(one)
    both = one.wait(
        lambda: found if len(found := sink.mails()) == 2 else None, "acknowledgement and answer in the sink"
    )
    by_sender = {sender[:10]: (recipient, content) for sender, recipient, content in both}  # Postfix keeps no order
    assert set(by_sender) == {"<>", "<support+v"}
    recipient, content = by_sender["<support+v"]
    assert recipient == "<c1@northwind.example>"
    assert b"raised the limit" in content


def _answer(desk):
    """A colleague answers the notice of the first ticket."""
    notice = desk.wait(lambda: [r for r in desk.rows(outbox) if r.to_address == "anastasia@desk.example"], "notice")[0]
    shown = desk.wait(lambda: _rendered(desk, notice.id), "rendered notice")
    found = message_from_bytes(shown, policy=policy.default)
    to = found["Reply-To"].addresses[0].addr_spec
    answer = ANSWER.format(to=to, subject=found["Subject"], number=1, answers=found["Message-ID"])
    raw = answer.replace("\n", "\r\n").encode()
    desk.send(raw, "anastasia@desk.example", to)  # a border would have put the results


def _rendered(desk, number):
    from store.outbox import find

    store = desk.store()
    try:
        with store.look() as connection:
            return bytes(find(connection, number).rendered or b"")
    finally:
        store.close()


def test_a_bounce_of_postfix_is_recorded_at_the_answer_that_it_is_about(desk, postfix, sink):
    """The VERP address of an answer that cannot be delivered: Postfix's own delivery report comes back to it. Mail to
    gone.example goes to the desk's own door, which knows nobody there."""
    one = desk(OUTGOING__URL=f"smtp://127.0.0.1:{postfix.port}").start()
    postfix.start(f"smtp:[127.0.0.1]:{one.port}")
    content = letter(1).replace(b"@northwind.example", b"@gone.example")
    one.send(content, "c1@gone.example")
    one.decided(1)
    _answer(one)
    failed = one.wait(lambda: [r for r in one.rows(_journal()) if "c1@gone.example" in (r.reason or "")], "bounce", 40)
    assert [(row.verdict, row.reason) for row in failed] == [
        ("bounce-recorded", "failed: c1@gone.example: mailbox unknown (5.1.1)")
    ]
    assert [(r.purpose, r.state) for r in one.rows(outbox) if r.to_address == "c1@gone.example"] == [
        ("acknowledgement", "sent"),  # without a reverse-path that a report could come to
        ("answer", "failed"),
    ]


def test_lmtp_takes_two_recipients_with_a_reply_for_each(desk, postfix, sink):
    one = desk(LMTP__LISTEN="127.0.0.1:0", OUTGOING__URL=f"smtp://127.0.0.1:{postfix.port}").start()
    postfix.start(f"lmtp:inet:127.0.0.1:{one.lmtp_port}")
    content = letter(1).replace(b"To: support@desk.example", b"To: support@desk.example, billing@desk.example")
    _inject(postfix, content, "c1@northwind.example", "support@desk.example", "billing@desk.example")
    rows = one.decided(1)
    assert {row.door for row in rows} == {"lmtp"}
    assert {to for row in rows for to in row.envelope_to} == {"support@desk.example", "billing@desk.example"}
    one.wait(lambda: postfix.queued() == 0, "empty queue of Postfix")
    assert "status=bounced" not in postfix.log()
    assert len(one.rows(_journal())) == 1
    (ticket,) = one.cli("ticket", "list")
    assert ticket["team"] == "frontline"


@pytest.mark.timeout(150)
def test_two_hundred_mails_at_once_are_all_there(desk, postfix, sink):
    """smtp-source puts its load on Postfix, Postfix on us: nothing bounced, nothing doubled, all of them explained."""
    one = desk(quiet=True, OUTGOING__URL=f"smtp://127.0.0.1:{sink.port}").start()
    postfix.start(f"smtp:[127.0.0.1]:{one.port}")
    source = ["smtp-source", "-s", "10", "-m", "200", "-l", "2300", "-f", "load@northwind.example"]
    subprocess.run([*source, "-t", "support@desk.example", f"127.0.0.1:{postfix.port}"], check=True, timeout=60)
    rows = one.decided(200, 60)
    assert len(rows) == 200
    assert all(row.verdict for row in rows)
    assert {row.verdict for row in rows} <= {"ticket-created", "duplicate"}
    one.wait(lambda: postfix.queued() == 0, "empty queue of Postfix")
    assert "status=bounced" not in postfix.log()
