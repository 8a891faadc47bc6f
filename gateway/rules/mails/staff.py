"""Mails to our own people: transcripts, what was held, what could not be delivered, whose address others have.

In: a ticket and what was done, or what could not be done. Out: `SendMail` values, one to each, with an own reply
address where there is a ticket to answer into.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.rules import verbs  # the module and none of its names: verbs about calls write mails as well
from gateway.rules.desk import Agent, Desk
from gateway.rules.keys import COMMANDS
from gateway.rules.rights import Action, allows
from parsing.message import ParsedMail
from store.records import Person, Purpose, Role, SendMail, Ticket

GAVE_BACK = "the list of what you gave back"
"""How it calls what the teams are told of that."""
YOUR_ANSWER = "your answer"
"""How a transcript calls the agent's own words."""


def undelivered(
    ticket: Ticket, told: Sequence[Agent], mint: Callable[[], str], occasion: str, facts: Mapping[str, Any]
) -> tuple[SendMail, ...]:
    """A mail of ours did not arrive: one mail to each of those who can mend it, once for each failed mail."""
    return tuple(_to_agent(ticket, agent, Purpose.UNDELIVERED, mint(), occasion, facts, "") for agent in told)


def transcript(
    ticket: Ticket,
    agent: Agent,
    message_id: str,
    occasion: str,
    plan: verbs.Plan,
    sent: Sequence[Mapping[str, str]],
    answers: str,
    part_of: Mapping[str, str] | None = None,
    *,
    desk: Desk | None = None,
    previews: Sequence[verbs.Report] = (),
    inside: bool = False,
) -> SendMail:
    """What the agent's verbs did, before and after, what was sent to whom, and where a reply goes after a merge. Of a
    dry run it is what would have been done; `previews` show the words that would leave. What answers a mail that was
    kept `inside` stays there."""
    if part_of and inside:
        part_of = {**part_of, "to": ""}
    facts = told(plan, agent, ticket, desk, previews) | {
        "sent": [dict(item) for item in sent],
        **({"part_of": dict(part_of)} if part_of else {}),
    }
    return _to_agent(ticket, agent, Purpose.TRANSCRIPT, message_id, occasion, facts, answers, inside=inside)


def told(
    plan: verbs.Plan | verbs.Errand,
    agent: Agent,
    ticket: Ticket | None,
    desk: Desk | None,
    previews: Sequence[verbs.Report] = (),
) -> dict[str, Any]:
    """The verbs as a transcript tells them. A verb that looked shows what it found, and is no line of what was done."""
    reports = [item.report for item in plan.done if item.report is not None]
    done = [item for item in plan.done if _is_news(item)]
    if (reports or plan.wants_help) and all(item.line == "#on" for item in done):
        done = []  # what was found is the news
    return {
        "done": [{"line": item.line, "before": item.before, "after": item.after} for item in done],
        "help": verbs.usages(agent, ticket, desk) if plan.wants_help else [],
        "dry": plan.dry,
        "reports": [
            {
                "title": report.title,
                "heads": list(report.heads),
                "rows": [list(row) for row in report.rows],
                "lines": list(report.lines),
            }
            for report in (*reports, *previews)
        ],
    }


def _is_news(item: verbs.Planned | verbs.Done) -> bool:
    """Whether a verb did something that a transcript tells as a line of its own."""
    if item.help or (item.line == "#dry-run" and not item.after):
        return False
    return item.report is None or bool(item.before or item.after)


def run(
    desk: Desk, mailbox: str, agent: Agent, message_id: str, occasion: str, errand: verbs.Errand, mail: ParsedMail,
    unread: str = "", beside: Sequence[SendMail] = (),
) -> SendMail:  # fmt: skip
    """The transcript of verbs that were said of no ticket, and of the mails that they have sent to others; a reply to
    it is a command again."""
    facts = told(errand, agent, None, desk)
    facts["sent"] = [{"to": one.to.name or one.to.address, "what": GAVE_BACK} for one in beside]
    if unread:
        facts["done"] = [*facts["done"], {"line": unread, "before": "", "after": ""}]
    lines = ", ".join(dict.fromkeys(item.line for item in errand.done))
    return _to_commands(desk, mailbox, agent, Purpose.TRANSCRIPT, message_id, occasion, mail.subject or lines, facts,
                        mail.message_id)  # fmt: skip


def held(
    ticket: Ticket | None,
    agent: Agent,
    message_id: str,
    occasion: str,
    why: verbs.Refused,
    words: str,
    answers: str,
    *,
    desk: Desk | None = None,
    mailbox: str = "",
    offered: Ticket | None = None,
    inside: bool = False,
) -> SendMail:
    """Nothing was done and nothing left; the agent's own text comes back, ready to be sent again. What belongs to no
    ticket, or came to the address for commands, goes back there; `offered` is the ticket that it was about. A reply to
    it goes where the mail itself would have gone: what was to stay `inside` stays so. The verbs are listed where
    nothing nearer is known."""
    unknown = why.of_verbs and why.nearest in ("", "#help")
    facts = {
        "reason": why.reason,
        "nearest": "" if unknown else why.nearest,
        "own_words": words,
        "allowed": verbs.usages(agent, ticket or offered, desk) if unknown else [],
        "more": why.of_verbs and not unknown,
    }
    if ticket is None:
        assert desk is not None
        subject = "Your mail is held"
        return _to_commands(desk, mailbox, agent, Purpose.HELD, message_id, occasion, subject, facts, answers)
    facts["answers_customer"] = ticket.is_reachable and not inside
    return _to_agent(
        ticket, agent, Purpose.HELD, message_id, occasion, facts, answers, inside=inside and ticket.is_reachable
    )


def _to_commands(
    desk: Desk, mailbox: str, agent: Agent, purpose: Purpose, message_id: str, occasion: str, subject: str,
    facts: Mapping[str, Any], answers: str,
) -> SendMail:  # fmt: skip
    """Of no ticket: an answer to it comes to this person's own address for commands."""
    return SendMail(
        ticket=None,
        purpose=purpose,
        round=occasion,
        to=Person(address=agent.address, name=agent.full_name),
        role=Role.AGENT,
        key=COMMANDS,
        message_id=message_id,
        subject=subject,
        language="en",
        mailbox=desk.commands_mailbox or mailbox,
        in_reply_to=answers,
        references=(answers,) if answers else (),
        facts=facts,
    )


def unproven(mailbox: str, agent: Agent, message_id: str, occasion: str, why: str) -> SendMail:
    """A mail claims to be this member of staff's and nothing proves it: they learn of it, without a word of it."""
    cure = (
        "Was it yours: send it again from your mail program, or ask your operators why your mail server did not vouch "
        "for it."
    )
    nearest = f"{cure}\nWas it not: there is nothing to do."
    return _held(mailbox, agent, message_id, occasion, why, nearest, claimed=True)


def unconfirmed(mailbox: str, agent: Agent, message_id: str, occasion: str, why: str, nearest: str) -> SendMail:
    """An answer to a question of ours that confirms nothing: why, and what would."""
    return _held(mailbox, agent, message_id, occasion, why, nearest, claimed=False)


def in_other_hands(desk: Desk, ticket: Ticket, owner: Agent, message_id: str, occasion: str) -> SendMail:
    """Somebody else came with this member of staff's secret reply address: they learn of it, without a word of it."""
    ref = desk.reference(ticket.ref)
    news = f"Somebody else wrote to your reply address of {ref}. Nothing was done and nothing was sent."
    why = f"It came to your secret reply address of {ref}, from another sender: somebody else has that address."
    cure = f"An operator ends it:\nreplydesk agent keys {owner.name} --ticket {ref} --revoke"
    nearest = f"{cure}\nYour next mail of {ref} then has a new one."
    mail = _held(ticket.mailbox, owner, message_id, occasion, why, nearest, claimed=False)
    return replace(mail, subject=f"Your reply address of {ref} is in other hands", facts={**mail.facts, "news": news})


def commands_in_other_hands(mailbox: str, owner: Agent, message_id: str, occasion: str) -> SendMail:
    """The same of their personal command address."""
    why = "It came to your personal command address, from another sender: somebody else has that address."
    cure = f"An operator ends it:\nreplydesk agent keys {owner.name} --revoke"
    nearest = f"{cure}\nYour next mail then has a new one."
    mail = _held(mailbox, owner, message_id, occasion, why, nearest, claimed=False)
    news = "Somebody else wrote to your personal command address. Nothing was done and nothing was sent."
    return replace(mail, subject="Your command address is in other hands", facts={**mail.facts, "news": news})


def shut_out(mailbox: str, agent: Agent, message_id: str, occasion: str) -> SendMail:
    """Whoever lost access learns that nothing was done; nothing of a ticket stands in it."""
    why = "You have no access to this desk any more."
    return _held(mailbox, agent, message_id, occasion, why, "Ask an operator of the desk.", claimed=True)


def _held(
    mailbox: str, agent: Agent, message_id: str, occasion: str, why: str, nearest: str, *, claimed: bool
) -> SendMail:
    """Nothing was done, and it belongs to no ticket that this person may see."""
    facts = {"reason": why, "nearest": nearest, "claimed": claimed}
    return SendMail(
        ticket=None,
        purpose=Purpose.HELD,
        round=occasion,
        to=Person(address=agent.address, name=agent.full_name),
        role=Role.AGENT,
        key="",
        message_id=message_id,
        subject=f"{'A mail in your name' if claimed else 'Your mail'} is held",
        language="en",
        mailbox=mailbox,
        facts=facts,
    )


def _to_agent(
    ticket: Ticket,
    agent: Agent,
    purpose: Purpose,
    message_id: str,
    occasion: str,
    facts: Mapping[str, Any],
    answers: str,
    *,
    inside: bool = False,
) -> SendMail:
    if purpose in (Purpose.NOTICE, Purpose.WARNING) and not allows(Action.SPEAK, agent.roles):
        facts = {**facts, "reads_only": True}
    return SendMail(
        ticket=ticket.ref,
        purpose=purpose,
        round=occasion,
        to=Person(address=agent.address, name=agent.full_name),
        role=Role.AGENT,
        key="note" if inside else "public",
        message_id=message_id,
        subject=ticket.subject,
        language="en",
        mailbox=ticket.mailbox,
        in_reply_to=answers,
        references=(answers,) if answers else (),
        facts=facts,
    )
