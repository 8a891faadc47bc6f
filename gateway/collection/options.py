"""What the process of a collected mailbox, and whoever only tries its login, is told.

In: the configuration, one of its mailboxes, the environment. Out: a `MailboxOptions`. It opens no file: a password file
is read by whoever logs in, each time anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gateway.config.settings import Config, ImapMailbox
from gateway.doors.imap.words import MailboxOptions


class NoPassword(Exception):
    """The environment does not hold the password that the configuration names: a sentence, without a secret."""


def mailbox_options(config: Config, mailbox: ImapMailbox, password: str) -> MailboxOptions:
    """The options of this mailbox; `password` is that of `password_of`, empty where it comes from elsewhere."""
    return MailboxOptions(
        number=mailbox.number,
        name=mailbox.name,
        host=mailbox.host,
        port=mailbox.port,
        username=mailbox.username,
        password_file=str(mailbox.password_file or ""),
        password=password,
        token_command=mailbox.token_command,
        tls=mailbox.tls,
        ca_file=str(mailbox.ca_file or ""),
        folder=mailbox.folder,
        to=mailbox.to,
        after=mailbox.after,
        flag=mailbox.flag,
        done_folder=mailbox.done_folder,
        refused_folder=mailbox.refused_folder,
        poll_seconds=mailbox.poll_seconds,
        timeout=mailbox.timeout,
        max_size=config.smtp.max_size,
        addresses=frozenset(config.policy.addresses),
        clock_offset=config.clock_offset,
        spool=str(spool_of(config, mailbox)),
    )


def spool_of(config: Config, mailbox: ImapMailbox) -> Path:
    """The folder where the large messages of this mailbox wait: no other process writes there."""
    return config.store.spool / f"mailbox-{mailbox.number}"


def password_of(mailbox: ImapMailbox, environ: Mapping[str, str]) -> str:
    """The password that the variable `password_env` holds, empty where none is named; raises `NoPassword`."""
    if not mailbox.password_env:
        return ""
    password = environ.get(mailbox.password_env, "")
    if not password:
        raise NoPassword(
            f"the variable {mailbox.password_env} of imap[{mailbox.number}].password_env is not set: set it for the "
            "process that serves the desk"
        )
    return password
