"""Mailboxes on other servers that the desk collects mail from: `[[imap]]` in the configuration.

In: the tables as they were written. Out: `ImapMailbox` values, and what their keys disagree about. It opens no file: a
password is read by whoever logs in, each time anew, so that it may be changed while the desk runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from gateway.config.kinds import ADDRESS, Address, Amount, Line, Number, Table, expect, one_of
from gateway.config.problem import Path_, Problem, UnfitError
from gateway.config.settings import ImapMailbox

IMPLICIT, STARTTLS, NONE = "implicit", "starttls", "none"
AFTER = ("leave", "flag", "move")
_PORTS = {IMPLICIT: 993, STARTTLS: 143, NONE: 143}
Tree = Mapping[str, Any]


def _read_tls(value: object) -> object:
    """`true` is implicit TLS, `false` none."""
    if isinstance(value, bool):
        return IMPLICIT if value else NONE
    if value not in (IMPLICIT, STARTTLS, NONE):
        raise UnfitError
    return value


class ImapTable(Table):
    host: Line = expect("the name of an IMAP server, such as imap.example.org")
    port: Number = expect("a port from 0 (the usual one: 993 with TLS from the start, else 143) to 65535", 0, ge=0, le=65_535)  # fmt: skip  # noqa: E501
    username: Line = expect("the name to log in with, a text of one line")
    password_file: str = expect("the path of a file that holds nothing but the password", "")
    password_env: Annotated[str, Field(pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")] = expect(
        "the name of a variable of the environment that holds the password", ""
    )
    token_command: list[Line] = expect("a list of a program and its arguments that prints an OAuth2 access token", [])
    tls: Annotated[str, BeforeValidator(_read_tls)] = expect('"implicit", "starttls" or "none"', IMPLICIT)
    ca_file: str = expect("the path of a file with certificates to trust (PEM)", "")
    folder: Line = expect("the name of a folder of the mailbox, a text of one line", "INBOX")
    to: Address = expect(f"the address of this desk that the mail is for, {ADDRESS}", "")
    after: Annotated[str, one_of(*AFTER)] = expect('"leave", "flag" or "move"', "leave")
    flag: Annotated[str, Field(pattern=r"^\\?[A-Za-z$_][A-Za-z0-9$_-]*$")] = expect(
        "a flag or keyword of IMAP, such as '\\Seen' or '$Ticket'", "\\Seen"
    )
    done_folder: Line = expect("the name of a folder, a text of one line", "replydesk-done")
    refused_folder: Line = expect("the name of a folder, a text of one line", "replydesk-refused")
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
            token_command=tuple(table.token_command),
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


def named(username: str, host: str, folder: str) -> str:
    """`support@example.org at imap.example.org, INBOX`: what a mailbox is known by, whatever its place in the file."""
    return f"{username} at {host.lower()}, {folder}"


def problems(tree: Tree) -> Iterator[Problem]:
    """What the keys of the mailboxes disagree about."""
    tables = tree.get("imap")
    seen: dict[str, int] = {}
    for place, table in enumerate(tables if isinstance(tables, list) else ()):
        if not isinstance(table, dict):
            continue
        path: Path_ = ("imap", place)
        words = {key: value for key, value in table.items() if isinstance(value, str)}
        yield from _of_login(path, table, words)
        yield from _of_way(path, table, words)
        yield from _of_folders(path, words)
        if "username" in words and "host" in words:
            name = named(words["username"], words["host"], words.get("folder", "INBOX"))
            if name in seen:
                text = f"this folder is collected already, by imap[{seen[name]}]"
                yield Problem((*path, "folder"), text)
            seen.setdefault(name, place)


def _of_login(path: Path_, table: Tree, words: Mapping[str, str]) -> Iterator[Problem]:
    if "password" in table:
        text = "must not stand in this file: put it into password_file, or name a variable in password_env"
        yield Problem((*path, "password"), text)
        return
    given = [key for key in ("password_file", "password_env", "token_command") if table.get(key)]
    if len(given) != 1 and "username" in words:
        found = " and ".join(given) or "none of them"
        text = f"found {found}; expected one of password_file, password_env and token_command"
        yield Problem((*path, given[1] if given else "password_file"), text)


def _of_way(path: Path_, table: Tree, words: Mapping[str, str]) -> Iterator[Problem]:
    """A password in the clear stays on this machine."""
    if table.get("tls") in (False, NONE) and "host" in words and not is_here(words["host"]):
        text = f"found no encryption to {words['host']}: the password would travel in the clear; use implicit or starttls"
        yield Problem((*path, "tls"), text)


def _of_folders(path: Path_, words: Mapping[str, str]) -> Iterator[Problem]:
    folder = words.get("folder", "INBOX")
    for key, usual in (("done_folder", "replydesk-done"), ("refused_folder", "replydesk-refused")):
        if words.get(key, usual) == folder:
            text = f"found {folder!r}, which is the folder that is collected: mail would come round for ever"
            yield Problem((*path, key), text)


def is_here(host: str) -> bool:
    """Whether that server is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
