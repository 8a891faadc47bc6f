"""`replydesk demo d2`: one call from the wish to the outcome, played on a running demo desk.

In: the stage of `gateway.cli.demo`. Out: the transcript. Near the call the desk is stopped and its clock goes on by
`clock.offset`, as it may on a demo desk only; what is due then is done by `replydesk sweep`, mail comes by `deliver`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import click

from gateway.cli import call_story as story
from gateway.cli.showing import Stage, heading, played, quote, told
from gateway.cli.story import ANASTASIA, NORA
from store.tables import FIRST_TICKET


def play(stage: Stage) -> None:
    """The whole story."""
    click.echo("A demo desk is up. A customer needs a call, and nobody's calendar is ever shown to her.\n")
    count = 0
    for scene in story.OPENING:
        count = played(stage, scene, count + 1)
    offer = stage.latest[NORA]
    book, offered = story.book_address(offer), story.numbers(offer)
    count = played(stage, story.stranger(offer, book), count + 1)
    count = played(stage, story.booking(offer, book, offered[min(1, len(offered) - 1)]), count + 1)
    invite = stage.latest[NORA]
    _entry(invite)
    count += 1
    heading(f"{count}. Her calendar says yes, by a mail that no person reads")
    stage.post(story.accepted(invite), NORA, str(invite["Reply-To"]))
    told(stage, stage.settled(count))
    count = played(stage, story.away(), count + 1)
    silent = sum(recipient == NORA for recipient, _ in stage.left()) == 0
    click.echo(f"\n  {NORA} gets {'nothing' if silent else 'a mail'}.")
    _near(stage, count, story.starts_at(invite))


def _entry(invite: EmailMessage) -> None:
    """What her calendar is told: a few lines of it."""
    wanted = ("METHOD", "DTSTART", "DTEND", "SUMMARY", "ORGANIZER", "ATTENDEE", "SEQUENCE")
    entry = story.calendar_of(invite).replace("\r\n ", "").splitlines()
    quote("The calendar part of it", "\n".join(line for line in entry if line.startswith(wanted)))


def _near(stage: Stage, count: int, start: datetime) -> None:
    """An hour before the call, and after it."""
    stage.stop()
    stage.shift(start - timedelta(minutes=59) - datetime.now(UTC))
    heading(f"{count + 1}. An hour before, one agent is chosen and gets an invite of their own with the case")
    stage.sweep({ANASTASIA})
    brief = stage.latest[ANASTASIA]
    heading(f"{count + 2}. She takes it")
    _answered(stage, brief, story.ACKNOWLEDGED)
    heading(f"{count + 3}. The call is over, and its outcome stands on the ticket")
    stage.shift(start + timedelta(minutes=35) - datetime.now(UTC))
    stage.sweep(set())
    _answered(stage, brief, story.OUTCOME)
    stage.restart()
    _record(stage)


def _answered(stage: Stage, brief: EmailMessage, words: str) -> None:
    quote("Anastasia Winter writes", words)
    mail = story.reply(brief, "Anastasia Winter", ANASTASIA, words)
    stage.deliver(mail, ANASTASIA, str(brief["Reply-To"]))
    stage.sweep(set())


def _record(stage: Stage) -> None:
    """What the ticket has kept of it."""
    ticket = stage.ticket(FIRST_TICKET)
    click.echo("\nThe ticket now\n")
    for event in ticket["events"]:
        if event["kind"].startswith(("call-", "grant-")):
            click.echo(f"  {event['at'][:16].replace('T', ' ')}  {event['kind']:18}  {event['actor']}")
    for call in ticket["calls"]:
        click.echo(f"\nCall {call['id']} is {call['state']}: {call['outcome'] or '-'}")
    click.echo(f"{ticket['time_logged']} minutes are logged on {ticket['ref']}.")
