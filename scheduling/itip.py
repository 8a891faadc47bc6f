"""What an answer to an invite means, on the organizer's side (RFC 5546).

In: the `Answer` that a calendar program sent, the `Invite` that its attendee was sent, the present instant. Out: what
it means, why, and the invite with the answer noted in it. It decides nothing about a call, sends nothing and proves
nobody: whether the mail may be believed is the caller's, with `Heard.direct`. It must never let an answer to one time
count for another, never add an attendee, and never take a meaning out of words that a person wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache

CLOCK = timedelta(hours=24)
"""How far ahead of us a sender's clock may be: a DTSTAMP beyond it would keep every later answer out."""
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class Meaning(StrEnum):
    """What somebody wants with a scheduling message."""

    ACCEPT = "accept"
    TENTATIVE = "tentative"
    DECLINE = "decline"
    DELEGATE = "delegate"
    COUNTER = "counter"
    REFRESH = "refresh"
    WITHDRAW = "withdraw"
    """The attendee sent a CANCEL, which is the organizer's to send: to be asked about."""
    CRASHER = "crasher"
    """Somebody who was not invited; with `Heard.alias` perhaps the attendee at another address."""
    STALE = "stale"
    """An answer to an old revision, or older than one that is known: to be told, never to be done."""
    OLD_DECLINE = "old_decline"
    """Declines an old revision; whether the new time suits them is to be asked."""
    DUPLICATE = "duplicate"
    IMPOSSIBLE = "impossible"
    """An answer to a revision that was never sent."""
    UNSUPPORTED = "unsupported"
    """An invitation of their own."""
    UNKNOWN = "unknown"
    """About no call of ours, or it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """What one attendee was sent last, and what they last answered (RFC 5546 section 2.1.5). `moved` is the sequence of
    the last change of time; `reply_sequence` and `reply_dtstamp` are those of the newest answer, -1 and None without
    one. Whoever moves the call sets `partstat` back to NEEDS-ACTION and leaves the reply's two."""

    uid: str
    attendee: str
    sequence: int
    dtstamp: datetime
    moved: int
    partstat: str = "NEEDS-ACTION"
    reply_sequence: int = -1
    reply_dtstamp: datetime | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came, as its calendar says it. `attendee` is who answers in it, with their `partstat`, `delegated_to` and
    `sent_by`; `others` are its further attendees; `author` is the From of the mail. `start` and `end` are those of the
    event: in a COUNTER what is proposed. A SEQUENCE that is missing is 0."""

    method: str
    uid: str
    sequence: int
    dtstamp: datetime | None
    attendee: str
    partstat: str
    author: str
    start: datetime | None = None
    end: datetime | None = None
    others: tuple[str, ...] = ()
    delegated_to: str = ""
    sent_by: str = ""
    has_sequence: bool = True
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What an answer means, with the reason in words. `invite` has the answer noted, where there is one to note.
    `direct`: the mail is from the attendee's own address, so that an aligned From proves the answer (RFC 6047 section
    2.2.1); without it only a secret address does. `alias`: it speaks for our attendee from an address that nobody has
    shown to be theirs."""

    meaning: Meaning
    why: str
    invite: Invite | None
    direct: bool = False
    alias: bool = False


def read(answer: Answer, invite: Invite | None, now: datetime, *, identities: Container[str] = ()) -> Heard:
    """What the answer means. `identities` are further addresses, in lower case, known to be the attendee's own."""
    if (refused := _refused(answer, invite)) is not None:
        return Heard(meaning=refused[0], why=refused[1], invite=invite)
    assert invite is not None
    speaker = _Speaker(answer, invite, identities)
    if not speaker.is_invited or not speaker.is_heard:
        return Heard(meaning=Meaning.CRASHER, why=speaker.why, invite=invite, alias=speaker.is_invited)
    method = answer.method.upper() or "REPLY"
    meaning, why, noted = _METHODS[method](answer, invite, now)
    return Heard(meaning=meaning, why=why, invite=noted, direct=speaker.is_direct)


def _refused(answer: Answer, invite: Invite | None) -> tuple[Meaning, str] | None:
    """What is no answer to a call of ours, whoever sent it."""
    method = answer.method.upper()
    ours = invite is not None and same_uid(answer.uid, invite.uid)
    if method in _OF_ORGANIZERS:
        whose = "our own event" if ours else "a meeting of their own"
        return Meaning.UNSUPPORTED, f"{method} is for organizers to send: it is about {whose}"
    if not ours:
        return Meaning.UNKNOWN, "its UID is that of no call of ours"
    if method and method not in _METHODS:
        return Meaning.UNKNOWN, f"{method[:30]} is no method that we know"
    if not method and (answer.others or not answer.attendee or not answer.partstat):
        return Meaning.UNKNOWN, "it names no method, and it does not have exactly one attendee who answers"
    return None


class _Speaker:
    """Who answers, and who sent the mail that says so."""

    def __init__(self, answer: Answer, invite: Invite, identities: Container[str]) -> None:
        def is_theirs(address: str) -> bool:
            return address == invite.attendee.strip().lower() or address in identities

        author, sent_by = answer.author.strip().lower(), answer.sent_by.strip().lower()
        named = answer.attendee.strip().lower()
        if answer.method.upper() == "CANCEL" or not named:
            named = author  # of a CANCEL that an attendee sends, the ATTENDEEs are those of the event
        self.is_direct = bool(author) and is_theirs(author)
        self.is_invited = is_theirs(named)
        self.is_heard = self.is_direct or (bool(author) and author == sent_by)
        if not self.is_invited:
            self.why = f"{named or 'nobody'} was not invited"
        else:
            self.why = f"it answers for {named} and comes from {author or 'nobody'}"


_Found = tuple[Meaning, str, Invite]


def _reply(answer: Answer, invite: Invite, now: datetime) -> _Found:
    """REPLY (RFC 5546 section 3.2.3)."""
    meaning = _PARTSTATS.get(answer.partstat.upper())
    if meaning is None:
        return Meaning.UNKNOWN, f"an answer that says {answer.partstat[:30] or 'nothing'}", invite
    if meaning is Meaning.DELEGATE and not answer.delegated_to:
        return Meaning.UNKNOWN, "it is delegated to nobody", invite
    if (late := _late(answer, invite, now)) is not None:
        return late
    noted = _noted(answer, invite, now)
    if (old := _old(answer, invite)) is not None:
        declines = meaning is Meaning.DECLINE and not invite.cancelled
        return (Meaning.OLD_DECLINE if declines else Meaning.STALE), old, noted
    said = f"{answer.partstat.upper()} of revision {answer.sequence}"
    return meaning, said, replace(noted, partstat=answer.partstat.upper())


def _counter(answer: Answer, invite: Invite, now: datetime) -> _Found:
    """COUNTER (RFC 5546 section 3.2.7). The PARTSTAT in it is about a time that they do not want."""
    if answer.start is None:
        return Meaning.UNKNOWN, "it proposes no time that can be read", invite
    if (late := _late(answer, invite, now)) is not None:
        return late
    noted = _noted(answer, invite, now)
    if (old := _old(answer, invite)) is not None:
        return Meaning.STALE, old, noted
    return Meaning.COUNTER, f"another time than that of revision {answer.sequence}", noted


def _withdraw(answer: Answer, invite: Invite, now: datetime) -> _Found:
    """CANCEL by the attendee, who cannot cancel. Programs count its SEQUENCE up as an organizer does (3.2.5)."""
    answer = replace(answer, sequence=min(answer.sequence, invite.sequence))
    if (late := _late(answer, invite, now)) is not None:
        return late
    noted = _noted(answer, invite, now)
    if invite.cancelled:
        return Meaning.STALE, "the call is cancelled already", noted
    return Meaning.WITHDRAW, "a CANCEL, which is for the organizer to send", noted


def _refresh(_answer: Answer, invite: Invite, _now: datetime) -> _Found:
    """REFRESH (RFC 5546 section 3.2.6): it answers nothing, so nothing is noted."""
    return Meaning.REFRESH, f"asks for the event again, which is at revision {invite.sequence}", invite


_METHODS = {"REPLY": _reply, "COUNTER": _counter, "CANCEL": _withdraw, "REFRESH": _refresh}
_OF_ORGANIZERS = frozenset({"REQUEST", "PUBLISH", "ADD", "DECLINECOUNTER"})
_PARTSTATS = {
    "ACCEPTED": Meaning.ACCEPT,
    "TENTATIVE": Meaning.TENTATIVE,
    "DECLINED": Meaning.DECLINE,
    "DELEGATED": Meaning.DELEGATE,
}


def _late(answer: Answer, invite: Invite, now: datetime) -> _Found | None:
    """What is not newer than the newest answer, or answers what was never sent: nothing is noted of it. The order is
    that of (SEQUENCE, DTSTAMP), for each attendee alone (RFC 5546 section 2.1.5)."""
    if answer.sequence > invite.sequence:
        why = f"it answers revision {answer.sequence}, and the last one that was sent is {invite.sequence}"
        return Meaning.IMPOSSIBLE, why, invite
    known = (invite.reply_sequence, invite.reply_dtstamp or _BEFORE_ALL)
    stamp = _stamp(answer, now)
    if answer.dtstamp != stamp and answer.sequence == invite.reply_sequence and _repeats(answer, invite):
        return Meaning.DUPLICATE, "the same answer again, without a time that could tell them apart", invite
    if (answer.sequence, stamp) == known:
        return Meaning.DUPLICATE, "this answer is known", invite
    if (answer.sequence, stamp) < known:
        return Meaning.STALE, "a newer answer is known", invite
    return None


def _repeats(answer: Answer, invite: Invite) -> bool:
    return answer.method.upper() in ("", "REPLY") and answer.partstat.upper() == invite.partstat


def _old(answer: Answer, invite: Invite) -> str | None:
    """Why an answer is about what is no more."""
    if invite.cancelled:
        return "the call is cancelled"
    if answer.sequence < invite.moved:
        which = f"revision {answer.sequence}" if answer.has_sequence else "no revision, which means the first"
        return f"it answers {which}, and the time was changed in revision {invite.moved}"
    return None


def _noted(answer: Answer, invite: Invite, now: datetime) -> Invite:
    return replace(invite, reply_sequence=answer.sequence, reply_dtstamp=_stamp(answer, now))


def _stamp(answer: Answer, now: datetime) -> datetime:
    """When they answered. Without a DTSTAMP, and with one that a clock gone wild wrote, it is when we hear it."""
    if answer.dtstamp is None or answer.dtstamp > now + CLOCK:
        return now
    return answer.dtstamp


# Identifiers

_OUTLOOK = "040000008200e00074c5b7101a82e008"
"""How a PidLidGlobalObjectId begins (MS-OXOCAL), which Outlook makes a UID of."""
_WRAPPED = b"vCal-Uid\x01\0\0\0"
_BEFORE_DATA = 80
"""Digits before its data: class, date of the instance, time of making, reserved, size."""


def same_uid(one: str, other: str) -> bool:
    """Whether two UIDs are of one event: exactly, but those that Outlook makes in any case of letters."""
    one, other = outlook_uid(one), outlook_uid(other)
    return one == other and bool(one)


def outlook_uid(uid: str) -> str:
    """A UID as it is compared and looked for. Outlook keeps what is not its own inside one of its own (MS-OXCICAL,
    UID), and some send that back: then it is what is inside."""
    uid = uid.strip()
    lower = uid.lower()
    if not lower.startswith("0400"):
        return uid
    if lower.startswith(_OUTLOOK) and len(lower) <= 4_000:
        try:
            data = bytes.fromhex(lower[_BEFORE_DATA:])
        except ValueError:
            return lower
        if data.startswith(_WRAPPED):
            return data[len(_WRAPPED) :].rstrip(b"\0").decode("utf-8", "replace")
    return lower


# Answers without a calendar

_CLASSES = re.compile(
    r"(?:microsoft mail v3\.0 )?ipm\.(?:schedule\.meeting\.resp\.(pos|neg|tent)|microsoft schedule\.mtgresp([pna]))"
    r"(?:\.|\Z)"
)
_OF_CLASSES = {"pos": "ACCEPTED", "p": "ACCEPTED", "neg": "DECLINED", "n": "DECLINED"}


def message_class(name: str) -> str:
    """The PARTSTAT that the class of an Outlook message stands for, by its name and by that which TNEF has for it
    (MS-OXTNEF section 2.3.3.4); empty when it is no answer."""
    found = _CLASSES.match(name.strip().lower()[:100])
    return _OF_CLASSES.get(found[1] or found[2], "TENTATIVE") if found else ""


_LONGEST_PREFIX = 40
_SUBJECTS = {
    "ACCEPTED": """
        accepted, angenommen, zugesagt, accepté, acceptée, aceptado, aceptada, accettato, accettata,
        geaccepteerd, aceito, aceita, aceite, accepterat, accepterad, accepteret, akseptert, godtatt,
        hyväksytty, zaakceptowano, zaakceptowane, zaakceptowany, przyjęto, přijato, přijaté, prijaté, elfogadva,
        acceptat, kabul edildi, принято, прийнято, αποδοχή, 承諾, 承諾済み, 已接受, 수락, 수락됨
        """,
    "DECLINED": """
        declined, abgelehnt, refusé, refusée, décliné, déclinée, rechazado, rechazada, rifiutato,
        rifiutata, geweigerd, afgewezen, recusado, recusada, avböjt, avböjd, afvist, afslået, avslått,
        avvist, hylätty, odrzucono, odrzucone, odrzucony, odmítnuto, zamítnuto, odmietnuté, elutasítva, refuzat,
        respins, reddedildi, отклонено, відхилено, απόρριψη, 辞退, 已拒绝, 已拒絕, 거절, 거절됨
        """,
    "TENTATIVE": """
        tentative, tentatively accepted, mit vorbehalt, unter vorbehalt, vorläufig, mit vorbehalt zugesagt, provisoire,
        acceptation provisoire, provisional, aceptado provisionalmente, tentativo, provvisorio, con riserva,
        accettato con riserva, voorlopig, voorlopig geaccepteerd, onder voorbehoud, provisório, provisória, preliminärt,
        preliminär, foreløbig, foreløbigt, foreløpig, tentativt, alustava, alustavasti hyväksytty, wstępnie,
        wstępnie zaakceptowano, niepewne, nezávazně, předběžně, predbežne, feltételes, feltételesen, provizoriu,
        belirsiz, под вопросом, під питанням, 仮承諾, 仮の予定, 暂定, 暫定, 미정
        """,
}
"""How mobile programs begin the subject of an answer that has no calendar part."""


@cache
def _prefixes() -> dict[str, str]:
    return {
        " ".join(word.split()): partstat for partstat, words in _SUBJECTS.items() for word in words.strip().split(",")
    }


def text_answer(subject: str) -> str:
    """The PARTSTAT that the beginning of a subject says, up to its colon; empty when it is a person's subject. It
    counts only for a mail that answers an invite of ours."""
    head, colon, _ = subject.strip()[:_LONGEST_PREFIX].replace("：", ":").partition(":")
    return _prefixes().get(" ".join(unicodedata.normalize("NFC", head).split()).casefold(), "") if colon else ""
