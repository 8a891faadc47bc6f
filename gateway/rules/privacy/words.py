"""What in words must not leave: keys, addresses, hosts, notes, calendars, lines of mail clients, zones, numbers.

In: a text that is to be read outside, the guard, the background of its ticket. Out: findings, each kind of thing once.
What the customer said themselves never counts. Linear time; where there is more to look at than `MOST_CANDIDATES`, that
itself is a finding, so that nothing hides behind a crowd.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator
from functools import cached_property, lru_cache

from gateway.rules.privacy import keys
from gateway.rules.privacy.guard import NOTHING, Background, Finding, Guard, Kind
from gateway.rules.privacy.hosts import DOT, hosts
from gateway.rules.privacy.notes import from_notes
from gateway.rules.privacy.phones import phones
from gateway.rules.privacy.views import joined, seen

MOST_CANDIDATES = 5_000
MOST_FOUND = 8

CALENDARS = (
    "calendly.com/", "cal.com/", "calendar.google.com/", "calendar.app.google/", "outlook.office.com/bookwithme",
    "outlook.office365.com/owa/calendar/", "outlook.office365.com/book/", "outlook.office.com/book",
    "meetings.hubspot.com/", "savvycal.com/", "tidycal.com/", "youcanbook.me/", "acuityscheduling.com/", "doodle.com/",
    "zcal.co/", "koalendar.com/", "fantastical.app/", "teams.microsoft.com/l/meetup-join", "teams.microsoft.com/meet/",
    "teams.live.com/meet/", "meet.google.com/", "zoom.us/j/", "zoom.us/my/", "zoom.us/s/", "webex.com/meet/",
    "webex.com/join/", "whereby.com/", "gotomeet.me/", "meet.goto.com/", "meet.jit.si/", "facetime.apple.com/join",
    "begin:vcalendar",
)  # fmt: skip
"""Where people keep calendars and meeting rooms of their own."""
_LINK = re.compile(r"[^\s<>\"']{1,200}")
_MEETING = re.compile(
    r"(?:meeting|besprechungs|sitzungs|konferenz|webinar)[ -]?(?:id|nummer|number)\b[ :#.]{0,4}[0-9][0-9 -]{7,20}|"
    r"id de (?:la )?r\u00e9union[ :#.]{0,4}[0-9][0-9 -]{7,20}"
)
_AGENT = re.compile(r"^[ \t>|*]{0,20}(?:x-mailer|user-agent)\*?[ \t]{0,3}:[ \t]{0,3}\S[^\n]{0,300}", re.MULTILINE)
_PROGRAM = re.compile(
    r"mail|outlook|thunderbird|mutt|evolution|kmail|exchange|gnus|claws|sylpheed|spark/|lotus|notes|roundcube|squirrel|"
    r"horde|zimbra|groupwise|k-9|seamonkey|emclient|postbox|alpine|the bat"
)
"""What mail programs call themselves: any other program may be spoken of."""
_CLIENT = re.compile(
    r"^[ \t>|*]{0,20}(x-originating-ip|x-originating-email|thread-index|thread-topic|"
    r"x-ms-[a-z-]{2,40}|x-google-[a-z-]{2,40}|x-spam-[a-z-]{2,40}|x-microsoft-[a-z-]{2,40}|received-spf|authentication-results|"
    r"dkim-signature|arc-[a-z-]{4,40}|return-path|delivered-to|message-id)\*?[ \t]{0,3}:[ \t]{0,3}\S",
    re.MULTILINE,
)
_HOP = re.compile(r"^[ \t>|*]{0,20}received\*?[ \t]{0,3}:[ \t]{0,3}(?:from|by)[ \t]", re.MULTILINE)
_MESSAGE_ID = re.compile(r"message-id[ \t]{0,3}:?[ \t]{0,3}<[^<>\s@]{1,200}@[^<>\s]{1,200}>")
_CLOCK = re.compile(
    r"^[ \t>|*]{0,20}(?:date|sent|gesendet|datum|envoy\u00e9|le)\*?[ \t]{0,3}:[^\n]{0,60}?"
    r"(?:[+-][0-9]{4}\b|(?:gmt|utc)[+-][0-9]{1,2}\b)",
    re.MULTILINE,
)
_LOCAL = "abcdefghijklmnopqrstuvwxyz0123456789.+%!#$&*/=?^`{|}~_-"
_RIGHT = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,10}")
_AT = re.compile(r"[ \t]{0,3}(?:@|[(\[{<] ?(?:at|\u00e4t|arobase) ?[)\]}>])[ \t]{0,3}")
_SPELLED_AT = r"(?:[ \t]{0,3}@[ \t]{0,3}|[ \t\n]{1,3}(?:at|\u00e4t|arobase)[ \t\n]{1,3})"
_SPELLED_DOT = r"(?:[ \t]{0,3}\.[ \t]{0,3}|[ \t]{1,3}(?:dot|punkt|point)[ \t]{1,3})"


class _Known:
    """What people outside said themselves, looked at only where it matters."""

    def __init__(self, background: Background) -> None:
        self.background = background

    @cached_property
    def view(self) -> str:
        return "\n".join(seen(text) for text in self.background.theirs)

    def has(self, needle: str) -> bool:
        return needle in self.view or (" " in needle and needle.replace(" ", "") in self.view.replace(" ", ""))


def findings(
    text: str, guard: Guard, background: Background = NOTHING, own: Collection[str] = ()
) -> tuple[Finding, ...]:
    """All that must not leave in these words; `own` are the keys that the reader may see."""
    if not text.strip():
        return ()
    view, known = seen(text), _Known(background)
    found: dict[tuple[Kind, str], Finding] = {}
    for kind, what, needle, place in _candidates(view, text, guard, background, own):
        if needle and (guard.allows(needle) or guard.is_place(needle) or known.has(needle)):
            continue
        where = f"line {view.count(chr(10), 0, place) + 1}" if place >= 0 and "\n" in view else ""
        found.setdefault((kind, what), Finding(kind, what, where))
        if len(found) >= MOST_FOUND:
            break
    return tuple(found.values())


def has_address(text: str, guard: Guard, own: Collection[str] = ()) -> tuple[Finding, ...]:
    """Keys and addresses alone: for mails in which nobody of us speaks, and which must stay cheap."""
    if keys.in_text(text, own):
        return (Finding(Kind.KEY, _KEY),)
    if not any(sign in text for sign in _SIGNS):
        return ()
    lower = text.lower()
    if text.isascii() and not any(domain in lower for domain in guard.domains):
        return ()
    view = seen(text)
    return tuple(Finding(Kind.ADDRESS, f"the address {one}") for one, _ in _addresses(view, guard))[:1]


_SIGNS = ("@", "%40", "&#64;", "&#x40", "&#X40", "&commat", "\uff20", "\ufe6b")
_KEY = "a secret reply address (one of our notices is quoted)"
Candidate = tuple[Kind, str, str, int]
"""A kind, what it is in words, what the customer would have had to say for it not to count, and where it stands."""


def _candidates(
    view: str, text: str, guard: Guard, background: Background, own: Collection[str]
) -> Iterator[Candidate]:
    if keys.in_text(text, own):
        yield Kind.KEY, _KEY, "", -1
    for key, place in _bounded((key, -1) for key in keys.seen_in(view, own)):
        yield Kind.KEY, _KEY, f"+{key}", place
    for address, place in _bounded(_addresses(view, guard)):
        yield Kind.ADDRESS, f"the address {address}", address, place
    for host, place in _bounded(hosts(view, guard)):
        yield Kind.HOST, f"the internal host {host}", host, place
    if background.notes and (words := from_notes(text, background.notes, (*background.theirs, *background.said))):
        yield Kind.NOTE, f'words of an internal note: "{words}"', "", -1
    yield from _calendars(view, guard)
    yield from _of_clients(view)
    for zone in guard.zones:
        if (place := view.find(zone)) >= 0:
            yield Kind.ZONE, f"the time zone of a colleague, {zone}", zone, place
    for number, place in _bounded(phones(view, guard)):
        yield Kind.PHONE, f"the telephone number {number}", number, place


def _bounded(found: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    for count, one in enumerate(found):
        if count >= MOST_CANDIDATES:
            yield "(there are too many to look at)", -1
            return
        yield one


def _addresses(view: str, guard: Guard) -> Iterator[tuple[str, int]]:
    """Addresses of ours that are not for customers, however they are broken or spelled out."""
    if "(" in view or "[" in view or "{" in view:
        view = DOT.sub(".", view)
    yield from _spelled(view, guard)
    squeezed = "".join(view.replace(">", "").replace("|", "").split())
    if "@" not in squeezed and "at" not in squeezed:
        return
    if not any(domain in squeezed for domain in guard.domains):
        return
    view = _AT.sub("@", view)
    yield from _whole(view, guard, [])
    if "\n" in view:
        run, breaks = joined(view)
        yield from _whole(run, guard, breaks)


def _spelled(view: str, guard: Guard) -> Iterator[tuple[str, int]]:
    """Those of our people as they are said aloud: `benedikt at desk dot example`. A word before ` at ` that only names
    a mailbox of the house is a word."""
    for domain, pattern in _spellings(guard.domains):
        if domain.partition(".")[0] not in view:
            continue
        for found in pattern.finditer(view):
            if found[0] == f"@{domain}":
                continue
            address = _reading(_before(view, found.start()), domain, guard, broken=False)
            if address and ("@" in found[0] or address in guard.inside):
                yield address, found.start()


@lru_cache(16)
def _spellings(domains: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    ends = r"(?![\w-]|\.[\w-])"
    return tuple(
        (domain, re.compile(_SPELLED_AT + _SPELLED_DOT.join(map(re.escape, domain.split("."))) + ends))
        for domain in domains
    )


def _whole(view: str, guard: Guard, breaks: list[int]) -> Iterator[tuple[str, int]]:
    """Those that stand in one piece; with `breaks` only those that go over one, whatever stands before them."""
    at = view.find("@")
    while at >= 0:
        local, right = _before(view, at), _RIGHT.match(view, at + 1)
        if right is not None and (not breaks or _is_broken(breaks, at - len(local), right.end())):
            address = _reading(local, right[0], guard, broken=bool(breaks))
            if address:
                yield address, at
        at = view.find("@", at + 1)


def _before(view: str, at: int) -> str:
    """What stands before the sign as its local part; quoted ones (RFC 5322 section 3.4.1) without the quotes."""
    left = view[max(0, at - 66) : at].rstrip("\"'")
    return left[len(left.rstrip(_LOCAL)) :]


def _reading(local: str, domain: str, guard: Guard, *, broken: bool) -> str:
    """What an address is without its detail and what stands around it; empty when it is none of ours."""
    bare = local.partition("+")[0]
    for known in guard.domains:
        if domain == known or (broken and domain.startswith(known)):
            for start in range(len(bare)):
                if start and not broken and (bare[start - 1].isalnum() or bare[start - 1] in ".-"):
                    continue
                if (address := f"{bare[start:]}@{known}") in guard.addresses:
                    return address
    return ""


def _is_broken(breaks: list[int], start: int, end: int) -> bool:
    place = bisect_left(breaks, start + 1)
    return place < len(breaks) and breaks[place] < end


def _calendars(view: str, guard: Guard) -> Iterator[Candidate]:
    for site in (*CALENDARS, *guard.calendars):
        place = view.find(site)
        if place >= 0 and (place == 0 or not (view[place - 1].isalnum() or view[place - 1] == "-")):
            link = _LINK.match(view, place)
            written = link[0].rstrip(".,;:)]") if link else site
            if not guard.allows(site.rstrip("/")):
                yield Kind.CALENDAR, f"a calendar or meeting room of somebody, {written}", written, place
    if "id" in view or "nummer" in view or "number" in view:
        for found in _MEETING.finditer(view):
            yield Kind.CALENDAR, f"the number of a meeting, {found[0]}", found[0], found.start()


def _of_clients(view: str) -> Iterator[Candidate]:
    """Lines that a mail client writes, and clocks with the offset of a zone."""
    if ":" not in view and "message-id" not in view:
        return
    lines = [found for pattern in (_CLIENT, _HOP, _MESSAGE_ID) for found in pattern.finditer(view)]
    agents = list(_AGENT.finditer(view))
    lines += agents if lines or len(agents) > 1 else [one for one in agents if _PROGRAM.search(one[0])]
    for found in lines:
        line = found[0].strip(" \t>|*")
        yield Kind.HEADER, f'a line of a mail client, "{line.partition(":")[0].strip()}"', line, found.start()
    for found in _CLOCK.finditer(view):
        line = found[0].strip(" \t>|*")
        if line.endswith(("+0000", "-0000", "+00", "+0")):  # the clock of a protocol is nobody's
            continue
        yield Kind.ZONE, f'a time of a mail client with its zone, "{line}"', line, found.start()
