"""What the last check watches for: made once from the desk, with what one ticket adds to it.

In: the desk; the messages of a ticket. Out: a `Guard`, which holds no secret and may travel to the sender; a
`Background`: what this customer said themselves, which never counts, and what was said inside, which never leaves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.rules.desk import Desk
from gateway.rules.privacy.views import seen
from store.records import Direction, Message, Trust

MOST_TEXT = 200_000
"""Letters of a ticket's words that are known to the check; the newest come first."""
_LINK = re.compile(r"^(?:https?|mailto|tel):(?://)?")
_NOT_DIGITS = re.compile(r"[^0-9]+")
_ROOM = re.compile(r"[a-z2-7]{26}")
"""What `keys.mint_room` makes."""


class Kind(StrEnum):
    """What may stop a mail."""

    KEY = "key"
    ADDRESS = "address"
    HOST = "host"
    NOTE = "note"
    CALENDAR = "calendar"
    HEADER = "header"
    ZONE = "zone"
    IMAGE = "image"
    PHONE = "phone"
    NAME = "name"
    """Of a colleague or a call, in what is written of calls (`names.py`); elsewhere people sign."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not leave: `what` in words, `where` it stands (`line 3`, `the file map.jpg`)."""

    kind: Kind
    what: str
    where: str = ""

    @property
    def words(self) -> str:
        """`the address benedikt@desk.example (line 3)`."""
        return f"{self.what} ({self.where})" if self.where else self.what


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Who is `inside` and may read anything: staff and operators. Addresses and names of staff (former ones too),
    operators and internal mailboxes, their `domains`; hosts,
    calendars and zones of the house; telephone numbers as digits. Whatever is in `allow` may be said, and where live
    calls are held: `place`, with its `{room}`."""

    inside: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    domains: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    hosts: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    phones: frozenset[str] = frozenset()
    allow: frozenset[str] = frozenset()
    place: str = ""

    def allows(self, needle: str) -> bool:
        """Whether it may always be said: a host that is allowed also below a link, a number however it is written."""
        if needle in self.allow:
            return True
        if any(allowed.startswith("*.") and needle.endswith(allowed[1:]) for allowed in self.allow):
            return True
        number = digits(needle)
        return len(number) >= 7 and any(same_number(number, digits(allowed)) for allowed in self.allow)

    def is_place(self, needle: str) -> bool:
        """Whether it is where a live call is held: the link with a room of ours, its host, or the number that is
        called. A meeting room of somebody on the same site is none."""
        before, room, after = self.place.partition("{room}")
        if not before or needle == before.partition("/")[0]:
            return bool(before)
        if not room and "/" not in before:
            return len(digits(needle)) >= 7 and same_number(digits(needle), digits(before))
        middle = needle.removeprefix(before).removesuffix(after)
        return needle == f"{before}{middle}{after}" and bool(_ROOM.fullmatch(middle) if room else not middle)


OPEN = Guard()
"""Nothing to watch for but what is the same at every desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What a ticket adds: `theirs` is what people outside wrote, `said` what they were told, `notes` what was said
    inside, `files` those that came from outside (sha256)."""

    theirs: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    files: frozenset[str] = frozenset()


NOTHING = Background()


def guard(desk: Desk) -> Guard:
    """What this desk must not show."""
    staff = {**desk.former, **desk.agents}
    internal = {box for box, to in desk.addresses.items() if to.kind != "support"}
    canonical = {to.canonical for to in desk.addresses.values() if to.kind != "support"}
    allow = frozenset(_LINK.sub("", word.strip().lower()).rstrip("/") for word in desk.privacy.allow)
    addresses = frozenset({*staff, *desk.operators, *internal, *canonical}) - allow
    zones = {desk.routing.of(agent.name).zone for agent in staff.values()} - {"", desk.zone, "UTC"}
    return Guard(
        inside=frozenset({*desk.agents, *desk.operators}),
        addresses=addresses,
        domains=tuple(sorted({address.rpartition("@")[2] for address in addresses})),
        names=frozenset(name for agent in staff.values() for name in _names(agent.full_name)),
        hosts=desk.privacy.hosts,
        machines=desk.privacy.machines,
        calendars=desk.privacy.calendars,
        zones=tuple(sorted(zone.lower() for zone in zones)),
        phones=frozenset(digits(phone) for phone in desk.privacy.phones),
        allow=allow,
        place=_LINK.sub("", desk.calls.location.strip().lower()),
    )


def _names(full_name: str) -> tuple[str, ...]:
    lower = full_name.casefold()
    return (lower, lower.split(" ")[0])


def background(messages: Iterable[Message], inside: Iterable[str] = ()) -> Background:
    """What these messages of one ticket add, and further words that were said `inside`. Words that only claim to be
    somebody's who has been heard of with proof before are nobody's."""
    messages = tuple(messages)
    outside = {message.from_address for message in messages if message.direction is Direction.IN}
    theirs: list[str] = []
    said: list[str] = []
    notes: list[str] = list(inside)
    files: set[str] = set()
    proven: set[str] = set()
    for message in messages:
        if message.direction is Direction.NOTE:
            notes += [message.text, _beside(message, outside)]
        elif message.direction is Direction.OUT:
            said.append(message.text)
        elif not (message.trust == Trust.D and message.from_address in proven):
            if message.trust and message.trust != Trust.D:
                proven.add(message.from_address)
            carried = (message.forwarded.subject, message.forwarded.text) if message.forwarded else ()
            theirs += [message.subject, message.text, *carried]
            files.update(file.sha256 for file in message.files)
    return Background(theirs=_newest(theirs), said=_newest(said), notes=_newest(notes), files=frozenset(files))


def _beside(note: Message, outside: Collection[str]) -> str:
    """What stood below a note, forwarded or quoted; nothing where somebody of this ticket wrote it themselves."""
    carried = note.forwarded
    if carried is None or (carried.from_ is not None and carried.from_.address.lower() in outside):
        return ""
    return carried.text


def _newest(texts: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    room = MOST_TEXT
    for text in reversed(texts):
        if room <= 0:
            break
        if text:
            kept.append(text[:room])
            room -= len(text)
    return tuple(reversed(kept))


def digits(text: str) -> str:
    """A telephone number as it is compared: its digits, without the zeros that it may begin with."""
    return _NOT_DIGITS.sub("", seen(text).replace("(0)", "")).lstrip("0")


def same_number(one: str, other: str) -> bool:
    """Whether these digits call the same telephone: with the country's number and without."""
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= 7 and longer.endswith(shorter)
