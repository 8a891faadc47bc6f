"""How mail clients make conversations of mails, as far as it is known: to see that ours stay together and apart.

In: mails in the order in which they came. Out: lists of mails, one a conversation. `jwz` is Jamie Zawinski's algorithm
(https://www.jwz.org/doc/threading.html) as Thunderbird and Apple Mail have it, without its last step (by subject
alone), which they leave out; `gmail` asks for the same subject and a reference in common; `outlook` (without
Thread-Index) follows In-Reply-To and References, and takes the same topic without any for the same conversation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from email.message import EmailMessage

_ID = re.compile(r"<[^<>\s]+>")
_MARK = re.compile(r"^\s*(?:re|aw|fwd?|wg|tr)\s*:\s*", re.IGNORECASE)


def conversations(client: str, mails: Sequence[EmailMessage]) -> list[list[EmailMessage]]:
    return _CLIENTS[client](mails)


def _ids(mail: EmailMessage) -> list[str]:
    """What it answers, oldest first."""
    found = _ID.findall(str(mail["References"] or ""))
    return list(dict.fromkeys([*found, *_ID.findall(str(mail["In-Reply-To"] or ""))[:1]]))


def _topic(mail: EmailMessage) -> str:
    subject = " ".join(str(mail["Subject"]).split())
    while found := _MARK.match(subject):
        subject = subject[found.end() :]
    return subject.lower()


class _Container:
    def __init__(self) -> None:
        self.mail: EmailMessage | None = None
        self.parent: _Container | None = None

    def root(self) -> _Container:
        found = self
        while found.parent is not None:
            found = found.parent
        return found


def _jwz(mails: Sequence[EmailMessage]) -> list[list[EmailMessage]]:
    table: dict[str, _Container] = {}
    for number, mail in enumerate(mails):
        own = table.setdefault(str(mail["Message-ID"]), _Container())
        if own.mail is not None:
            own = table.setdefault(f"<copy-{number}>", _Container())
        own.mail = mail
        before: _Container | None = None
        for name in _ids(mail):
            one = table.setdefault(name, _Container())
            if before is not None and one.parent is None and before.root() is not one:
                one.parent = before
            before = one
        if before is not None and before.root() is not own:
            own.parent = before
    found: dict[int, list[EmailMessage]] = {}
    for one in table.values():
        if one.mail is not None:
            found.setdefault(id(one.root()), []).append(one.mail)
    return list(found.values())


def _gmail(mails: Sequence[EmailMessage]) -> list[list[EmailMessage]]:
    found: list[tuple[str, set[str], list[EmailMessage]]] = []
    for mail in mails:
        names = {str(mail["Message-ID"]), *_ids(mail)}
        same = [one for one in found if one[0] == _gmail_topic(mail) and one[1] & names]
        if same:
            same[0][1].update(names)
            same[0][2].append(mail)
        else:
            found.append((_gmail_topic(mail), names, [mail]))
    return [one[2] for one in found]


def _gmail_topic(mail: EmailMessage) -> str:
    """It leaves a tag in brackets out, as mailing lists put it there."""
    return re.sub(r"^\[[^\]]*\]\s*", "", _topic(mail))


def _outlook(mails: Sequence[EmailMessage]) -> list[list[EmailMessage]]:
    found: list[tuple[set[str], set[str], list[EmailMessage]]] = []
    for mail in mails:
        names, topic = {str(mail["Message-ID"]), *_ids(mail)}, _topic(mail)
        same = [one for one in found if one[0] & names] or [one for one in found if topic in one[1]]
        if same:
            same[0][0].update(names)
            same[0][1].add(topic)
            same[0][2].append(mail)
        else:
            found.append((names, {topic}, [mail]))
    return [one[2] for one in found]


_CLIENTS: dict[str, Callable[[Sequence[EmailMessage]], list[list[EmailMessage]]]] = {
    "jwz": _jwz,
    "gmail": _gmail,
    "outlook": _outlook,
}
