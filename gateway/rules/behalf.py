"""A ticket for somebody else: what a colleague wants who writes `#for ADDRESS`, or forwards a customer's private mail.

In: the commands on top of a mail, what it forwards. Out: a `Behalf`: whose ticket it is to be, or why that cannot be
told; then the ticket. It never guesses a customer: the address is written behind `#for`, or it is the one author of
what was forwarded (the From of that mail, and nobody who is named in its text).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from gateway.rules import clocks, priority, privacy, topics, workflow
from gateway.rules.case import Sorted
from gateway.rules.desk import Desk, DeskAddress
from gateway.rules.participants import may_be_copied
from gateway.rules.speech.promised import PROMISED
from gateway.rules.verbs import Plan
from gateway.rules.verbs.behalf import FOR, NOTIFY
from gateway.rules.verbs.intake import ASKED
from gateway.rules.verbs.request import Refused
from parsing.address import is_address, normalise
from parsing.command import Command
from parsing.message import Forwarded, ParsedMail
from parsing.subject import base, is_forward
from store.records import Direction, FileRef, Message, Person, Role, Ticket, TicketRef, Trust

MOST_SUBJECT = 200
_MOST_NAME = 100
_EXAMPLE = "#for name@example.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behalf:
    """Whose ticket it is to be. `named`: by `#for`; `rest` are the further verbs, `notify` whether they hear of it;
    `forwarded` is what they wrote themselves, as whoever forwarded it has it."""

    person: Person
    named: bool
    notify: bool
    rest: tuple[Command, ...]
    forwarded: Forwarded | None


def wished(commands: tuple[Command, ...], mail: ParsedMail, desk: Desk) -> Behalf | Refused | None:
    """What a colleague's mail that begins something asks for; None when it is for nobody else."""
    verbs = [command.verb.lower() for command in commands]
    rest = tuple(command for command, verb in zip(commands, verbs, strict=True) if verb not in (FOR, NOTIFY))
    if verbs.count(FOR) > 1:
        return Refused(reason="a ticket has one requester", nearest="#for once, and #cc for the others")
    carried = mail.forwarded
    author = carried.from_ if carried is not None else None
    theirs = normalise(author.address) if author is not None else ""
    if FOR in verbs:
        said = commands[verbs.index(FOR)].args
        address = _address(said)
        why = _unfit(address, said, desk)
        if why is not None:
            return why
        name = author.name if author is not None and theirs == address else _called(said)
        carried = carried if theirs == address else None
        return Behalf(
            person=Person(address=address, name=name), named=True, notify=NOTIFY in verbs, rest=rest, forwarded=carried
        )
    if carried is None:
        return None
    if author is None:
        return Refused(reason="what you forwarded does not say who wrote it, or several did", nearest=_EXAMPLE)
    why = _unfit(theirs, author.address, desk)
    if why is not None:
        return Refused(reason=f"what you forwarded: {why.reason}", nearest=_EXAMPLE, of_verbs=False)
    person = Person(address=theirs, name=author.name)
    return Behalf(person=person, named=False, notify=NOTIFY in verbs, rest=rest, forwarded=carried)


def bare(mail: ParsedMail) -> Refused | None:
    """A forward by its subject that carries no mail: a ticket of whoever forwarded it would be the wrong customer's."""
    if mail.forwarded is not None or not is_forward(mail.subject):
        return None
    return Refused(
        reason="the subject says that you forwarded a mail, and none was found in yours: it does not say who wrote it",
        nearest=f"{_EXAMPLE} on the first line; without the mark in the subject the ticket is yours",
        of_verbs=False,
    )


def _unfit(address: str, said: str, desk: Desk) -> Refused | None:
    """Why nobody outside can be meant by this address."""
    if not is_address(address):
        reason = f"{said[:100]} is no address" if said else "say for whom"
        return Refused(reason=reason, nearest=_EXAMPLE, of_verbs=False)
    if not may_be_copied(address, desk):
        return Refused(reason=f"{address} is no person outside", nearest=_EXAMPLE, of_verbs=False)
    return None


def house(sorted_: Sorted, desk: Desk) -> DeskAddress:
    """The mailbox that the customer's ticket is answered from: the one that it came to where customers write there,
    else that of the team that it was sorted to."""
    guarded = sorted_.threaded.guarded
    for mailbox in (guarded.mailbox, *guarded.others):
        if mailbox.kind == "support":
            return mailbox
    support = [one for one in desk.addresses.values() if one.kind == "support" and one.address == one.canonical]
    return next((one for one in support if one.team == sorted_.team), support[0])


def sorted_anew(sorted_: Sorted, desk: Desk) -> Sorted:
    """What the words are about where the mail names a ticket of somebody else: nothing of that one's sorting counts."""
    guarded = sorted_.threaded.guarded
    mail, mailbox = guarded.incoming.mail, house(replace(sorted_, team=guarded.mailbox.team), desk)
    judged = topics.judge(mail, topics.fitting(mail, mailbox, desk))
    return replace(
        sorted_, type="support", topic=judged.topic, subtopic=judged.subtopic, topic_reason=judged.reason,
        team=mailbox.team, division=workflow.division_of(mailbox.team, desk), helpers=(), tags=(), ruf="", impact=0,
        urgency=0,
    )  # fmt: skip


def begun(sorted_: Sorted, wish: Behalf, ref: TicketRef, known: Person | None, desk: Desk, now: datetime) -> Ticket:
    """The customer's ticket, sorted by the words that came and weighed for the customer."""
    mail = sorted_.threaded.guarded.incoming.mail
    mailbox = house(sorted_, desk)
    team = sorted_.team or mailbox.team
    weighed = priority.weigh(
        sorted_.impact, sorted_.urgency, desk.organisation_of(wish.person.address), desk, now,
        division=sorted_.division, said_by="a rule",
    )  # fmt: skip
    language = (known.language if known is not None else "") or mail.language
    ticket = Ticket(
        ref=ref,
        type="support" if sorted_.type == "escalation" else sorted_.type,
        subject=subject(mail, wish),
        topic=sorted_.topic,
        subtopic=sorted_.subtopic,
        topic_reason=sorted_.topic_reason,
        priority=weighed.priority,
        priority_reason=weighed.reason,
        team=team,
        helpers=tuple(name for name in sorted_.helpers if name != team),
        division=sorted_.division,
        ruf=sorted_.ruf,
        impact=sorted_.impact,
        urgency=sorted_.urgency,
        tags=sorted_.tags,
        requester=wish.person.address,
        mailbox=mailbox.canonical,
        language=language if language.partition("-")[0] in desk.languages else desk.languages[0],
        created_at=now,
        updated_at=now,
        owned_at=now,
    )
    return clocks.opened(workflow.housed(ticket, desk, now), desk, now)


def subject(mail: ParsedMail, wish: Behalf) -> str:
    """What the customer called it, else what the colleague did, else the customer's first words. The colleague's own
    stay inside, and a subject stands in every mail."""
    carried = wish.forwarded
    said = base(carried.subject if carried is not None else "") or base(mail.subject)
    if not said and carried is not None:
        lines = carried.text.splitlines()
        said = next((line.strip() for line in lines if line.strip()[:1] not in ("", "#", ">")), "")[:60]
    return (said or "(no subject)")[:MOST_SUBJECT]


def untold(mail: ParsedMail, wish: Behalf, desk: Desk) -> Refused | None:
    """Why the ticket cannot be called so: its customer reads it, and it is nobody's business outside."""
    carried = wish.forwarded
    theirs = (carried.subject, carried.text) if carried is not None else ()
    found = privacy.findings(subject(mail, wish), privacy.guard(desk), privacy.Background(theirs=theirs))
    if not found:
        return None
    reason = f"the subject would tell the customer {privacy.say(found)}"
    return Refused(reason=reason, nearest="send it again with another subject", of_verbs=False)


def too_early(plan: Plan, wish: Behalf) -> Refused | None:
    """Why the verbs beside it cannot be done by the mail that only begins the ticket: another ticket would begin by it
    as well, or its customer is told something of which they do not know that it is there."""
    for one in plan.done:
        if one.anew is not None or one.apart is not None or one.into is not None:
            reason = f"{one.line}: the ticket begins by this very mail"
        elif one.event == PROMISED or (one.event == ASKED and not wish.notify):
            reason = f"{one.line}: its customer would hear of it, and this mail tells them nothing"
        else:
            continue
        return Refused(reason=reason, nearest=f"#{FOR} alone, then {one.line} in answer to it", of_verbs=False)
    return None


def quoted(wish: Behalf, by: str, now: datetime, files: tuple[FileRef, ...]) -> Message | None:
    """What the customer wrote, as a message of theirs. It has no Message-ID: that of the colleague's mail is not the
    customer's to see, and their own is not known. Nothing proves it but the word of whoever forwarded it."""
    carried = wish.forwarded
    if carried is None:
        return None
    written = f", written on {carried.date:%Y-%m-%d}" if carried.date is not None else ""
    return Message(
        at=now,
        direction=Direction.IN,
        role=Role.CUSTOMER,
        from_name=wish.person.name,
        from_address=wish.person.address,
        subject=carried.subject,
        text=carried.text,
        trust=Trust.D.value,
        files=files,
        cautions=(f"it was forwarded by {by}{written}: that the words are the customer's is their word",),
    )


def named(commands: tuple[Command, ...], mail: ParsedMail) -> tuple[str, ...]:
    """The addresses that a colleague's mail may begin a ticket for, to be looked up before it is decided."""
    found = [command.args for command in commands if command.verb.lower() == FOR][:1]
    if mail.forwarded is not None and mail.forwarded.from_ is not None:
        found.append(mail.forwarded.from_.address)
    return tuple(address for text in found if is_address(address := _address(text)))


def _address(said: str) -> str:
    """What a client made of an address: brackets around it, a name before them, or a link behind it."""
    head, bracket, rest = said.partition("<")
    address = normalise(head.strip() or said.strip("<> "))
    within, _, behind = rest.partition(">")
    if bracket and not is_address(address) and "@" not in head and not behind.strip():
        return normalise(within.strip())
    return address


def _called(said: str) -> str:
    """The name that stands before an address in brackets, if any."""
    head, bracket, _ = said.partition("<")
    return " ".join(head.strip("\"' ").split())[:_MOST_NAME] if bracket and "@" not in head else ""
