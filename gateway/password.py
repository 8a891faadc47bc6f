"""A password for a smarthost or a mailbox: the one line of a file of the operator's.

In: the file and the key that names it. Out: the password, or `NoPassword` with a sentence. The file is read at each
login, so that it may be changed while the desk runs. Nothing that stands in it is ever in a text.
"""

from __future__ import annotations

from pathlib import Path

LONGEST = 16 << 10
"""Bytes of a password."""
_MARGIN = 5
"""Bytes that may stand around it: a byte order mark in front, a line end behind."""


class NoPassword(Exception):
    """There is no password. The text is a sentence for the operator."""


def read(file: str | Path, key: str) -> str:
    """What `file` says now, in UTF-8, without its line end. `key` is how the configuration calls it."""
    try:
        with Path(file).open("rb") as stream:
            text = stream.read(LONGEST + _MARGIN).rstrip(b"\r\n").decode("utf-8-sig")
    except OSError as fault:
        raise NoPassword(f"{key} cannot be read: {fault.strerror}") from None
    except ValueError:
        text = "\0"
    if not text:
        raise NoPassword(f"{key} is empty: put nothing but the password there")
    if len(text) > LONGEST or any(char < " " for char in text):
        raise NoPassword(f"{key} is not one line of text: put nothing but the password there")
    return text
