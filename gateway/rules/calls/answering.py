"""What somebody's calendar answers to the invite of a call: which call it is about, and what it means.

In: a mail that may be such an answer, the calls of its ticket, the entries that our mails had carried. Out: `Found`, or
None. It reads what real programs send and not only what RFC 5546 wants: no METHOD, no ORGANIZER, no ATTENDEE, an
Outlook message class, a subject and nothing else. It decides nothing and proves nobody; what follows is
`rules/calls/heeding.py`. No word that a person wrote is ever taken for an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime, time, timedelta

from gateway.rules.acknowledge import zone_of
from gateway.rules.calls.carried import Carried
from gateway.rules.case import mentioned_ids
from gateway.rules.desk import Desk
from gateway.rules.times import on_wall
from parsing.address import normalise, split_detail
from parsing.message import Invitation, ParsedMail
from scheduling import itip
from scheduling.itip import Answer, Heard
from store.records import Call, Invite

_NOON = time(12)
_FAR = timedelta(days=100 * 366)
"""A time further away is none: nothing can be reckoned with the first and the last day of all calendars."""


def uid_of(mail: ParsedMail) -> str:
    """The entry of a calendar that the mail is about, as it is looked for; empty without one."""
    return itip.outlook_uid(mail.calendar.uid) if mail.calendar is not None else ""


def may_answer(mail: ParsedMail) -> bool:
    """Whether it may be an answer to an invite: only then it matters which calls are promised."""
    if mail.calendar is not None:
        return bool(mail.calendar.uid) and is_answer(mail)
    return bool(_without_calendar(mail)) and bool(mentioned_ids(mail))


def is_answer(mail: ParsedMail) -> bool:
    """Whether its calendar answers an entry, and is none that somebody sends. A CANCEL is for organizers; of an entry
    of ours it is an answer (`itip.Meaning.WITHDRAW`)."""
    calendar = mail.calendar
    if calendar is None or calendar.method:
        return calendar is not None and calendar.method in ("REPLY", "COUNTER", "REFRESH", "CANCEL")
    return len(calendar.attendees) == 1 and bool(calendar.partstat)


def is_own_meeting(mail: ParsedMail) -> bool:
    """Whether somebody sends a meeting of theirs."""
    return mail.calendar is not None and mail.calendar.method in ("REQUEST", "PUBLISH", "ADD")


def _without_calendar(mail: ParsedMail) -> str:
    """The PARTSTAT that the class of an Outlook message says, or the subject of a mobile program."""
    return itip.message_class(mail.message_class) or itip.text_answer(mail.subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Which call an answer is about, in whose invite of it, and what it means. `is_exact`: a COUNTER names an hour."""

    call: Call
    invite: Invite
    answer: Answer
    heard: Heard
    is_exact: bool = True

    @property
    def noted(self) -> Call:
        """The call with the answer noted in its invite (RFC 5546 section 2.1.5)."""
        if self.heard.invite is None:
            return self.call
        kept = {name: getattr(self.heard.invite, name) for name in ("partstat", "reply_sequence", "reply_dtstamp")}
        return entered(self.call, replace(self.invite, **kept))


def found(
    mail: ParsedMail, author: str, calls: Iterable[Call], sent: Iterable[Carried], desk: Desk, now: datetime
) -> Found | None:
    """The call that this mail answers; None where it answers none. `sent` are the entries that those mails of ours
    carried which it names."""
    answer, is_exact = _answer(mail, author, sent, desk, now)
    if answer is None:
        return None
    for call in calls:
        for invite in call.invites:
            if itip.same_uid(answer.uid, invite.uid):
                known = itip.Invite(**{field.name: getattr(invite, field.name) for field in fields(itip.Invite)})
                alike = {one for one in _named(answer) if _is_alike(one, invite.attendee)}
                heard = itip.read(answer, known, now, identities=alike)
                return Found(call=call, invite=invite, answer=answer, heard=heard, is_exact=is_exact)
    return None


def _answer(
    mail: ParsedMail, author: str, sent: Iterable[Carried], desk: Desk, now: datetime
) -> tuple[Answer | None, bool]:
    """What came, and whether the hour in it is one."""
    calendar = mail.calendar
    if calendar is None:
        return _by_words(mail, author, sent), True
    if not calendar.uid:
        return None, True
    speaker = next((one for one in calendar.attendees if one.address == calendar.attendee), None)
    start, is_exact = _proposed(calendar, zone_of(desk, author) or desk.zone)
    if start is not None and abs(start - now) > _FAR:
        start = None
    answer = Answer(
        method=calendar.method,
        uid=calendar.uid,
        sequence=calendar.sequence,
        dtstamp=calendar.dtstamp,
        attendee=calendar.attendee,
        partstat=calendar.partstat,
        author=author,
        start=start,
        end=calendar.end,
        others=tuple(one.address for one in calendar.attendees if one is not speaker),
        delegated_to=speaker.delegated_to if speaker is not None else "",
        sent_by=speaker.sent_by if speaker is not None else "",
        comment=calendar.comment,
    )
    return answer, is_exact


def _by_words(mail: ParsedMail, author: str, sent: Iterable[Carried]) -> Answer | None:
    """An answer without a calendar: it counts for the revision that the mail carried which it names, and without one
    for nothing. Of its body no word is taken."""
    partstat, named = _without_calendar(mail), mentioned_ids(mail)
    entries = {one.message_id: one for one in sent}
    carried = next((entries[one] for one in named if one in entries), None)
    if not partstat or carried is None:
        return None
    return Answer(
        method="REPLY", uid=carried.uid, sequence=carried.sequence, dtstamp=mail.date, attendee=author,
        partstat=partstat, author=author,
    )  # fmt: skip


def _proposed(calendar: Invitation, zone: str) -> tuple[datetime | None, bool]:
    """The start that is proposed: a time without a zone is by their own clock, a date is that day's noon and no
    hour."""
    if calendar.start is not None or not calendar.start_local:
        return calendar.start, True
    try:
        wall = datetime.fromisoformat(calendar.start_local)
        if calendar.all_day:
            return on_wall(wall.date(), _NOON, zone), False
        return (on_wall(wall.date(), wall.time(), zone), True) if wall.tzinfo is None else (wall, True)
    except (ValueError, OverflowError):  # of the latter are the edges of all calendars
        return None, True


def _named(answer: Answer) -> tuple[str, ...]:
    return tuple(one.strip().lower() for one in (answer.attendee, answer.author) if one)


_XTEXT = re.compile(r"\+([0-9A-Fa-f]{2})")


def _is_alike(address: str, contact: str) -> bool:
    """Whether an address is another spelling of the contact's: another case, a `+` that went through xtext (RFC 3461
    section 4), a detail that the contact's own has not. Another mailbox is another person until somebody says
    otherwise; and where the contact has a detail, whoever has another one is another person too."""
    plain = _XTEXT.sub(lambda found: chr(int(found[1], 16)), address) if "+2B" in address.upper() else address
    plain, ours = normalise(plain), normalise(contact)
    return plain == ours or split_detail(plain)[0] == ours


def entered(call: Call, invite: Invite) -> Call:
    """The call with this entry as it now is."""
    return replace(call, invites=tuple(invite if one.uid == invite.uid else one for one in call.invites))
