"""What must not stand in a log: whose address it was, keys, passwords, what a mail said (reliability 29, 42).

In: a line that is about to be logged, or an exception. Out: the same with addresses as `n…@northwind.example`, keys and
secrets cut, and every character escaped that could pretend to be another line. Must never raise, never take more than
linear time, and never give the words of a mail: what an exception quotes is left out, because it may be one.
"""

from __future__ import annotations

import re
import traceback
from base64 import b64encode
from collections.abc import Mapping
from types import TracebackType

_LINE = 4_000  # characters of a line
_SAID = 300  # characters of what an exception says
_FRAMES = 30
_CHAIN = 5
_LEAST = 4  # characters of a secret: shorter ones would cut everything
CUT = "…"

# C0 and C1, line ends of Unicode, marks of direction, what has no width, halves of characters.
_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_CREDENTIALS = re.compile(r"://[^\s@]{1,400}@")
_LOGIN = re.compile(r"\b(AUTH[ \t]{1,5}[A-Z0-9-]{3,20})[ \t]{1,5}[^\s]{1,4000}", re.IGNORECASE)
_SECRET = re.compile(
    r"\b((?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|authorization|credentials?)[\"']?[ \t]{0,3}[=:][ \t]{0,3})"
    r"(?:(?:bearer|basic)[ \t]{1,3})?(?:\"[^\"\n]{0,400}\"|'[^'\n]{0,400}'|[^\s,;)\]}]{1,400})",
    re.IGNORECASE,
)
# A reply key is `k` and 26 letters of base32, a return path `v`, a number and its proof (`gateway.rules.keys`).
_KEY = re.compile(r"(?<![A-Za-z0-9])(?:[Kk]?[A-Za-z2-7]{26}|[Vv][0-9]{1,18}-[A-Za-z2-7]{8,40})(?![A-Za-z0-9])")
# It begins where a word begins: the engine tries no place within one.
_ADDRESS = re.compile(r"(?:\"[^\"\n]{1,128}\"|(?<![^\s<>()\[\],;:\"'@=])[^\s<>()\[\],;:\"'@=]{1,4000}+)@(?=[^\s@])")
_QUOTED = re.compile(r"'[^'\n]{0,2000}'|\"[^\"\n]{0,2000}\"")


class Redaction:
    """What is known of this desk's secrets: the values of its environment that are called so."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        known = {
            value
            for name, value in environment.items()
            if name.startswith("REPLYDESK_")
            and any(word in name for word in ("PASSWORD", "SECRET", "TOKEN"))
            and not name.endswith("_FILE")
            and len(value) >= _LEAST
        }
        known |= {b64encode(value.encode("utf-8", "surrogateescape")).decode("ascii") for value in known}
        self._known = sorted(known, key=len, reverse=True)

    def line(self, text: str) -> str:
        """One line that may be logged."""
        text = text[:_LINE]
        for secret in self._known:
            text = text.replace(secret, CUT)
        if "@" in text:
            text = _CREDENTIALS.sub(f"://{CUT}@", text)
            text = _ADDRESS.sub(_short, text)
        text = _KEY.sub(_first, text)
        text = _SECRET.sub(rf"\1{CUT}", _LOGIN.sub(rf"\1 {CUT}", text))
        return text if text.isascii() and text.isprintable() else _HARMFUL.sub(_escaped, text)

    def fault(self, error: BaseException | None, trace: TracebackType | None) -> str:
        """A traceback: where it was, and what the exceptions say without what they quote."""
        lines: list[str] = []
        for _ in range(_CHAIN):
            if error is None:
                break
            lines.append("Traceback (most recent call last):")
            for entry in traceback.format_tb(trace)[-_FRAMES:]:
                lines += [line[2:] for line in entry.rstrip("\n").split("\n")]
            lines.append(said(error))
            inner = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
            if inner is not None:
                lines.append("because of")
            error, trace = inner, inner.__traceback__ if inner is not None else None
        return "\n".join(self.line(line) for line in lines)


def said(error: BaseException) -> str:
    """`ValueError: no number: '…'`. Databases and codecs quote what they choke on, and drivers add the whole row below
    their first line."""
    try:
        words = str(error).partition("\n")[0][:_SAID]
    except Exception:  # noqa: BLE001 - an exception that cannot be printed must not hide where it came from
        words = ""
    words = _QUOTED.sub(f"'{CUT}'", words)
    name = type(error).__qualname__
    return f"{name}: {words}" if words else name


def _short(found: re.Match[str]) -> str:
    local = found.group()[:-1].lstrip('"')
    return found.group() if local.endswith(CUT) else f"{local[:1]}{CUT}@"


def _first(found: re.Match[str]) -> str:
    return f"{found.group()[:1]}{CUT}"


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code == 0x0A:
        return "\\n"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
