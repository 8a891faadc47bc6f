"""An IMAP server of a few folders on loopback, for misbehaving on purpose: each command may be given another answer."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Answer = Callable[["Session", str, str], bool]
"""What a session does about a command (its tag, its words): True when it has answered."""
MODERN = "IMAP4rev1 IDLE MOVE UIDPLUS ESEARCH AUTH=PLAIN"


@dataclass(slots=True)
class Message:
    uid: int
    content: bytes
    size: int | None = None
    at: str = "23-Nov-2026 02:00:00 +0000"
    flags: set[str] = field(default_factory=set)


class Server:
    """`said` is every command that was heard; `answers` are what is done about a command instead, by its verb."""

    def __init__(
        self, capabilities: str = MODERN, tls: tuple[Path, Path] | None = None, implicit: bool = False
    ) -> None:
        self.capabilities = capabilities
        self.folders: dict[str, list[Message]] = {"INBOX": []}
        self.uidvalidity = 7
        self.uidnext = 1
        self.said: list[str] = []
        self.answers: dict[str, Answer] = {}
        self.greeting = b"* OK ready\r\n"
        self.logins = 0
        self.subscribed: list[str] = []
        self.lock = threading.RLock()
        self.sessions: list[Session] = []
        self._context: ssl.SSLContext | None = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*tls)
        self._implicit = implicit
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def add(self, content: bytes, **how: Any) -> int:
        """A message that comes in; who idles is told."""
        with self.lock:
            uid = self.uidnext
            self.uidnext += 1
            self.folders["INBOX"].append(Message(uid, content, **how))
            there = len(self.folders["INBOX"])
            for session in self.sessions:
                if session.idles:
                    session.tell(there)
        return uid

    def uids(self, folder: str = "INBOX") -> list[int]:
        with self.lock:
            return [one.uid for one in self.folders.get(folder, [])]

    def contents(self, folder: str) -> list[bytes]:
        with self.lock:
            return [one.content for one in self.folders.get(folder, [])]

    def heard(self, words: str) -> int:
        """How many commands held these words."""
        return sum(words in one for one in list(self.said))

    def close(self) -> None:
        with suppress(OSError):  # closed before
            self._listening.shutdown(socket.SHUT_RDWR)  # or the thread that accepts would take one more
        self._listening.close()
        for session in list(self.sessions):
            session.hang_up()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            session = Session(self, sock)
            with self.lock:
                self.sessions.append(session)
            threading.Thread(target=session.run, daemon=True).start()

    def encrypted(self, sock: socket.socket) -> socket.socket:
        assert self._context is not None
        return self._context.wrap_socket(sock, server_side=True)

    @property
    def is_implicit(self) -> bool:
        return self._implicit


class Session:
    """One connection."""

    def __init__(self, server: Server, sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self.idles = False
        self.told = 0
        """How many messages the client knows of: in IDLE it is told of more at once (RFC 2177)."""
        self.folder = "INBOX"
        self.literal = b""

    def send(self, data: bytes) -> None:
        try:
            self.sock.sendall(data)
        except OSError:
            self.hang_up()

    def tell(self, there: int) -> None:
        self.told = there
        self.send(b"* %d EXISTS\r\n" % there)

    def hang_up(self) -> None:
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def run(self) -> None:
        try:
            if self.server.is_implicit:
                self.sock = self.server.encrypted(self.sock)
            self.send(self.server.greeting)
            self._serve()
        except (OSError, ValueError):
            pass
        finally:
            with self.server.lock:
                if self in self.server.sessions:
                    self.server.sessions.remove(self)
            self.sock.close()

    def _serve(self) -> None:
        with self.sock.makefile("rb") as file:
            self._listen(file)

    def _listen(self, file: Any) -> None:
        while line := file.readline():
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            literal = re.search(r"\{(\d+)\}$", text)
            if literal:
                self.send(b"+ go on\r\n")
                self.literal = file.read(int(literal.group(1)))
                file.readline()
            self.server.said.append(text)
            tag, _, rest = text.partition(" ")
            words = rest.split(" ", 2)
            verb = (" ".join(words[:2]) if words[0].upper() == "UID" else words[0]).upper()
            arguments = rest[len(verb) + 1 :]
            answer = self.server.answers.get(verb)
            if answer is not None and answer(self, tag, arguments):
                continue
            if verb == "AUTHENTICATE":
                self.send(b"+ \r\n")
                self.server.said.append(file.readline().decode())
                self.server.logins += 1
                self.ok(tag)
            elif verb == "IDLE":
                self._idle(tag, file)
            elif verb == "STARTTLS":
                self.ok(tag)
                self.sock = self.server.encrypted(self.sock)
                file = self.sock.makefile("rb")
            elif verb == "LOGOUT":
                self.send(b"* BYE\r\n")
                self.ok(tag)
                return
            else:
                with self.server.lock:
                    getattr(self, "do_" + verb.replace(" ", "_").lower())(tag, arguments)

    def ok(self, tag: str, code: str = "") -> None:
        self.send(f"{tag} OK {code}done\r\n".encode())

    def no(self, tag: str, code: str = "") -> None:
        self.send(f"{tag} NO {code}\r\n".encode())

    def _idle(self, tag: str, file: Any) -> None:
        with self.server.lock:
            self.send(b"+ idling\r\n")
            there = len(self.server.folders[self.folder])
            if there > self.told:  # it came before we listened
                self.tell(there)
            self.idles = True
        self.server.said.append(file.readline().decode().strip())
        with self.server.lock:
            self.idles = False
            self.ok(tag)

    def do_capability(self, tag: str, _: str) -> None:
        self.send(f"* CAPABILITY {self.server.capabilities}\r\n".encode())
        self.ok(tag)

    def do_login(self, tag: str, _: str) -> None:
        self.server.logins += 1
        self.ok(tag)

    def do_noop(self, tag: str, _: str) -> None:
        self.ok(tag)

    def do_select(self, tag: str, name: str) -> None:
        self.folder = name.strip('"')
        if self.folder not in self.server.folders:
            self.no(tag, "[NONEXISTENT]")
            return
        self.told = there = len(self.server.folders[self.folder])
        self.send(
            f"* {there} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY {self.server.uidvalidity}] x\r\n"
            f"* OK [UIDNEXT {self.server.uidnext}] x\r\n".encode()
        )
        self.ok(tag, "[READ-WRITE] ")

    do_examine = do_select

    def do_status(self, tag: str, words: str) -> None:
        self.send(f'* STATUS "INBOX" (UIDNEXT {self.server.uidnext})\r\n'.encode())
        self.ok(tag)

    def chosen(self, written: str) -> list[Message]:
        here = self.server.folders[self.folder]
        wanted: set[int] = set()
        for run in written.split(","):
            first, _, last = run.partition(":")
            highest = here[-1].uid if here else 0
            numbers = [highest if one == "*" else int(one) for one in (first, last or first)]
            wanted.update(one.uid for one in here if min(numbers) <= one.uid <= max(numbers))
        return [one for one in here if one.uid in wanted]

    def do_uid_search(self, tag: str, words: str) -> None:
        short = words.startswith("RETURN (ALL) ")
        words = words.removeprefix("RETURN (ALL) ")
        found = self.server.folders[self.folder]
        if words.startswith("UID "):
            found = self.chosen(words[4:])
        elif words == "DELETED":
            found = [one for one in found if "\\Deleted" in one.flags]
        uids = [str(one.uid) for one in found]
        if short:
            self.send(f'* ESEARCH (TAG "{tag}") UID{" ALL " + ",".join(uids) if uids else ""}\r\n'.encode())
        else:
            self.send(f"* SEARCH{''.join(' ' + one for one in uids)}\r\n".encode())
        self.ok(tag)

    def do_uid_fetch(self, tag: str, words: str) -> None:
        uids, _, items = words.partition(" ")
        here = self.server.folders[self.folder]
        for one in self.chosen(uids):
            self.send(self.fetched(here.index(one) + 1, one, items))
        self.ok(tag)

    @staticmethod
    def fetched(place: int, one: Message, items: str) -> bytes:
        said = b"* %d FETCH (UID %d" % (place, one.uid)
        if "RFC822.SIZE" in items:
            size = len(one.content) if one.size is None else one.size
            said += f' RFC822.SIZE {size} INTERNALDATE "{one.at}"'.encode()
        content, name = one.content, "BODY[]"
        if "HEADER" in items:
            content, name = content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", "BODY[HEADER]"
        if part := re.search(r"<(\d+)\.(\d+)>", items):
            start, size = int(part.group(1)), int(part.group(2))
            content, name = content[start : start + size], f"{name}<{start}>"
        if "BODY" in items:
            said += f" {name} {{{len(content)}}}\r\n".encode() + content
        return said + b")\r\n"

    def do_uid_store(self, tag: str, words: str) -> None:
        uids, _, flags = words.split(" ", 2)
        for one in self.chosen(uids):
            one.flags.add(flags.strip("()"))
        self.ok(tag)

    def do_uid_copy(self, tag: str, words: str) -> None:
        uids, _, name = words.partition(" ")
        if name.strip('"') not in self.server.folders:
            self.no(tag, "[TRYCREATE]")
            return
        self.server.folders[name.strip('"')] += [Message(one.uid, one.content) for one in self.chosen(uids)]
        self.ok(tag)

    def do_uid_move(self, tag: str, words: str) -> None:
        uids, _, name = words.partition(" ")
        if name.strip('"') not in self.server.folders:
            self.no(tag, "[TRYCREATE]")
            return
        gone = self.chosen(uids)
        self.server.folders[name.strip('"')] += gone
        self._remove(gone)
        self.ok(tag)

    def _remove(self, gone: list[Message]) -> None:
        here = self.server.folders[self.folder]
        for one in gone:
            self.told = max(0, self.told - 1)
            self.send(b"* %d EXPUNGE\r\n" % (here.index(one) + 1))
            here.remove(one)

    def do_uid_expunge(self, tag: str, uids: str) -> None:
        self._remove([one for one in self.chosen(uids) if "\\Deleted" in one.flags])
        self.ok(tag)

    def do_expunge(self, tag: str, _: str) -> None:
        self._remove([one for one in self.server.folders[self.folder] if "\\Deleted" in one.flags])
        self.ok(tag)

    def do_list(self, tag: str, words: str) -> None:
        name = words.rpartition(" ")[2].strip('"')
        if name in self.server.folders:
            self.send(f'* LIST () "." "{name}"\r\n'.encode())
        self.ok(tag)

    def do_create(self, tag: str, name: str) -> None:
        self.server.folders[name.strip('"')] = []
        self.ok(tag)

    def do_subscribe(self, tag: str, name: str) -> None:
        self.server.subscribed.append(name.strip('"'))
        self.ok(tag)

    def do_append(self, tag: str, words: str) -> None:
        self.server.folders[words.partition(" ")[0].strip('"')].append(Message(9999, self.literal))
        self.ok(tag)
