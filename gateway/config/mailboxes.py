"""Mailboxes on other servers that the desk collects mail from: `[[imap]]` in the configuration.

In: the tables as they were written. Out: `ImapMailbox` values, and what their keys disagree about. It opens no file: a
password is read by whoever logs in, each time anew, so that it may be changed while the desk runs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.config import notation
from gateway.config.kinds import ADDRESS, Address, Amount, Line, Number, Table, expect, fits, one_of
from gateway.config.problem import Path_, Problem, UnfitError, nearest, say_unfit, show
from gateway.config.settings import ImapMailbox

IMPLICIT, STARTTLS, NONE = "implicit", "starttls", "none"
AFTER = ("leave", "flag", "move")
SEALED = frozenset({"password", "password_env", "token_command"})
"""Keys whose values are never repeated: a password belongs into none of them, and stands in one sooner or later."""
_LOGINS = ("password_file", "password_env", "token_command")
_PORTS = {IMPLICIT: 993, STARTTLS: 143, NONE: 143}
_INBOX = "INBOX"
_SECRET_WORDS = ("PASSWORD", "SECRET", "TOKEN")
_VARIABLE = re.compile(r"REPLYDESK(?:_[A-Z0-9]+)+")
_FLAG = re.compile(r"\\?[A-Za-z$_][A-Za-z0-9$_-]{0,63}")
_ENVIRONMENT = (
    "the name of a variable that holds the password, such as REPLYDESK_IMAP_PASSWORD: one that begins with REPLYDESK_ "
    "and has PASSWORD in it stays out of logs and of the processes that read mail"
)
Tree = Mapping[str, Any]


def _read_tls(value: object) -> object:
    """`true` is implicit TLS, `false` none."""
    if isinstance(value, bool):
        return IMPLICIT if value else NONE
    if value not in (IMPLICIT, STARTTLS, NONE):
        raise UnfitError
    return value


def _read_host(text: str) -> str:
    """A name or an IP address, and nothing that stands before or behind it in a URL."""
    try:
        return notation.read_host(text.removeprefix("[").removesuffix("]") if text.endswith("]") else text)
    except UnfitError:
        raise UnfitError from None  # a URL is no failed IP address


def _read_variable(text: str) -> None:
    """A name that the redaction of logs knows for a secret's, and that no process of the desk inherits."""
    is_secret = any(word in text for word in _SECRET_WORDS) and not text.endswith("_FILE")
    if text and not (len(text) <= 128 and _VARIABLE.fullmatch(text) and is_secret):
        raise UnfitError


def _read_flag(text: str) -> None:
    """A flag or keyword (RFC 9051 section 2.3.2); `\\Deleted` would let any client of the mailbox lose the mail, and
    `\\Recent` is the server's own."""
    if not _FLAG.fullmatch(text) or text.lower() in ("\\deleted", "\\recent"):
        raise UnfitError


def _read_folder(text: str) -> str:
    """INBOX is the one name in which capitals make no difference (RFC 9051 section 5.1)."""
    return _INBOX if text.upper() == _INBOX else text


Folder = Annotated[Line, AfterValidator(_read_folder)]


class ImapTable(Table):
    host: Annotated[str, AfterValidator(_read_host)] = expect(
        "the name of an IMAP server, such as imap.example.org, without its port"
    )
    port: Number = expect("a port from 1 to 65535, or 0: 993 with implicit TLS, else 143", 0, ge=0, le=65_535)
    username: Line = expect("the name to log in with, a text of one line")
    password_file: str = expect("the path of a file that holds nothing but the password", "")
    password_env: Annotated[str, fits(_read_variable)] = expect(_ENVIRONMENT, "")
    token_command: list[Line] = expect("a list of a program and its arguments that prints an OAuth2 access token", [])
    tls: Annotated[str, BeforeValidator(_read_tls)] = expect('"implicit", "starttls" or "none"', IMPLICIT)
    ca_file: str = expect("the path of a file with certificates to trust (PEM)", "")
    folder: Folder = expect("the name of a folder of the mailbox, a text of one line", _INBOX)
    to: Address = expect(f"the address of this desk that the mail is for, {ADDRESS}", "")
    after: Annotated[str, one_of(*AFTER)] = expect('"leave", "flag" or "move"', "leave")
    flag: Annotated[str, fits(_read_flag)] = expect(
        "a flag or keyword of IMAP that loses no mail, such as '\\Seen' or '$Ticket'", "\\Seen"
    )
    done_folder: Folder = expect("the name of a folder, a text of one line", "replydesk-done")
    refused_folder: Folder = expect("the name of a folder, a text of one line", "replydesk-refused")
    backlog: Annotated[str, one_of("history", "new")] = expect('"history" or "new"', "history")
    authserv_id: Annotated[str, Field(pattern=r"^[!-~]*$")] = expect(
        'the name with which that server signs its Authentication-Results, "-" where they carry none, or ""', ""
    )
    poll_seconds: Amount = expect("a number of seconds from 1 to 3600", 60, ge=1, le=3600)
    timeout: Amount = expect("a number of seconds from 1 to 600", 60, ge=1, le=600)


def build(tables: Sequence[ImapTable], folder: Path, first: str) -> tuple[ImapMailbox, ...]:
    """The mailboxes, in the order of the file; `first` is the desk's address for those that name none."""
    return tuple(
        ImapMailbox(
            number=number,
            name=named(table.username, table.host, table.folder),
            host=table.host,
            port=table.port or _PORTS[table.tls],
            username=table.username,
            password_file=folder / table.password_file if table.password_file else None,
            password_env=table.password_env,
            token_command=program(table.token_command, folder),
            tls=table.tls,
            ca_file=folder / table.ca_file if table.ca_file else None,
            folder=table.folder,
            to=table.to or first,
            after=table.after,
            flag=table.flag,
            done_folder=table.done_folder,
            refused_folder=table.refused_folder,
            backlog=table.backlog,
            authserv_id=table.authserv_id.lower(),
            poll_seconds=table.poll_seconds,
            timeout=table.timeout,
        )
        for number, table in enumerate(tables, start=1)
    )


def program(command: Sequence[str], folder: Path) -> tuple[str, ...]:
    """A program that is named by its path is found from the folder of the configuration, as all files are."""
    found = tuple(command)
    return (str(folder / found[0]), *found[1:]) if found and "/" in found[0] else found


def named(username: str, host: str, folder: str) -> str:
    """`support@example.org at imap.example.org, INBOX`: what a mailbox is known by, whatever its place in the file."""
    return f"{username} at {host.lower()}, {folder}"


def problems(tree: Tree, ours: Collection[str]) -> Iterator[Problem]:
    """What the keys of the mailboxes disagree about; `ours` are the addresses of the desk, as they were written."""
    addresses = dict.fromkeys(word.lower() for word in ours)
    seen: dict[str, int] = {}
    collected = _collected(tree)
    for path, table in _tables(tree):
        words = {key: value for key, value in table.items() if isinstance(value, str)}
        yield from _of_login(path, table, words)
        yield from _of_way(path, table, words)
        yield from _of_folders(path, table, words)
        yield from _of_others(path, table, words, collected)
        to = words.get("to", "").lower()
        if to and addresses and to not in addresses:
            unfit = UnfitError(allowed=addresses, nearest=nearest(to, addresses))
            yield Problem((*path, "to"), say_unfit(words["to"], "", unfit))
        if "username" in words and "host" in words:
            first = seen.setdefault(named(words["username"], words["host"], _folder(words)), path[1])
            if first != path[1]:
                text = f"found {show(_folder(words))}, which imap[{first + 1}] collects from this account already"
                yield Problem((*path, "folder"), text)


def warnings(tree: Tree) -> Iterator[Problem]:
    """What works, and proves nothing about who wrote the mail."""
    for path, table in _tables(tree):
        if not table.get("authserv_id"):
            text = (
                "none, so nothing proves who wrote the mail of this mailbox, and no #verb of staff in it is believed; "
                'give the name that its server puts first in Authentication-Results, or "-" where it puts none'
            )
            yield Problem((*path, "authserv_id"), text)


def refuse_passwords(tree: Tree) -> list[Problem]:
    """A password in the file, which is copied and shown to people; it is not repeated."""
    text = "must not stand in this file: put it into a file and name that in password_file, or see password_env"
    return [Problem((*path, "password"), text) for path, table in _tables(tree) if "password" in table]


def _tables(tree: Tree) -> Iterator[tuple[tuple[str, int], Tree]]:
    tables = tree.get("imap")
    for place, table in enumerate(tables if isinstance(tables, list) else ()):
        if isinstance(table, dict):
            yield ("imap", place), table


def _folder(words: Mapping[str, str]) -> str:
    return _read_folder(words.get("folder", _INBOX))


def _of_login(path: Path_, table: Tree, words: Mapping[str, str]) -> Iterator[Problem]:
    given = [key for key in _LOGINS if table.get(key)]
    if len(given) != 1 and "username" in words and "password" not in table:
        found = " and ".join(given) or "no way to log in"
        text = f"found {found}; expected one of {', '.join(_LOGINS)}"
        yield Problem((*path, given[1] if given else _LOGINS[0]), text)


def _of_way(path: Path_, table: Tree, words: Mapping[str, str]) -> Iterator[Problem]:
    """A password in the clear stays on this machine."""
    tls = table.get("tls", IMPLICIT)
    if (tls is False or tls == NONE) and "host" in words and not is_here(words["host"]):
        far = f"to {show(words['host'])}: the password would travel in the clear"
        yield Problem((*path, "tls"), f"found no encryption {far}; allowed: {IMPLICIT}, {STARTTLS}")


def _of_folders(path: Path_, table: Tree, words: Mapping[str, str]) -> Iterator[Problem]:
    """What is moved must not come back as new mail."""
    for key in ("done_folder", "refused_folder"):
        there = _read_folder(words.get(key, _default(key)))
        if isinstance(table.get("folder", ""), str) and there == _folder(words):
            text = (
                f"found {show(there)}, the folder that is collected: what is moved there would come back; name another"
            )
            yield Problem((*path, key), text)


def _collected(tree: Tree) -> dict[tuple[str, str], tuple[str, int]]:
    """The folders that are collected, by their account, and where the first table of each stands."""
    found: dict[tuple[str, str], tuple[str, int]] = {}
    for path, table in _tables(tree):
        words = {key: value for key, value in table.items() if isinstance(value, str)}
        if "username" in words and "host" in words:
            found.setdefault((named(words["username"], words["host"], ""), _bare(_folder(words))), path)
    return found


def _of_others(
    path: Path_, table: Tree, words: Mapping[str, str], collected: Mapping[tuple[str, str], tuple[str, int]]
) -> Iterator[Problem]:
    """What one table moves must not be what another one collects: each mail would be taken twice, or go in circles."""
    if "username" not in words or "host" not in words:
        return
    account = named(words["username"], words["host"], "")
    for key in ("refused_folder", *(("done_folder",) if table.get("after") == "move" else ())):
        there = _read_folder(words.get(key, _default(key)))
        other = collected.get((account, _bare(there)), path)
        if other != path:
            text = f"found {show(there)}, which imap[{int(other[1]) + 1}] collects: what is moved there would come back"
            yield Problem((*path, key), f"{text}; name another")


def _bare(folder: str) -> str:
    """A folder's name without the prefix that some servers want before it (RFC 2342)."""
    return folder[len(_INBOX) + 1 :] if folder[: len(_INBOX) + 1] in (f"{_INBOX}.", f"{_INBOX}/") else folder


def _default(key: str) -> str:
    return str(ImapTable.model_fields[key].default)


def is_here(host: str) -> bool:
    """Whether that server is this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
