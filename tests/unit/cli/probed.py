"""Test mails of an operator for tests: asked for, sent, come back, answered; and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from gateway import addressed
from gateway.cli.probing import Asked, Refused, Standing, ask, look, stations
from gateway.compose import compose
from gateway.config.loading import load
from gateway.doctor.finding import Level
from gateway.rules import privacy
from store import outbox
from store.engine import Store
from store.tables import journal
from store.tables import outbox as outbox_table
from tests.unit.store.samples import NOW, desk, incoming, kept, settle

ME = "me@elsewhere.example"
OURS = "support@desk.example"


def asked(store: Store, to: str = ME, at: datetime = NOW, *, served: bool = True) -> Asked:
    found = ask(store, desk(), to, at, served=served)
    assert isinstance(found, Asked), found
    return found


def refused(store: Store, at: datetime = NOW, *, served: bool = True) -> Refused:
    found = ask(store, desk(), ME, at, served=served)
    assert isinstance(found, Refused), found
    assert (found.why[-1], found.fix[-1]) != (".", ".")
    return found


def standing(store: Store, mail: Asked) -> Standing:
    with store.look() as connection:
        return look(connection, mail)


def sent(store: Store, mail: Asked, after: float = 0.4) -> None:
    """The smarthost has taken it."""
    values = {"state": "sent", "sent_at": NOW + timedelta(seconds=after), "last_code": 250, "last_text": "2.0.0 Ok"}
    with store.turn() as connection:
        connection.execute(update(outbox_table).where(outbox_table.c.id == mail.number).values(values))


def came(store: Store, content: bytes, sender: str, to: str = OURS, **envelope: Any) -> Any:
    """A mail that comes to a door and is decided; its row."""
    with store.turn() as connection:
        entry = kept(connection, content, sender=sender, to=to)
        entry = replace(entry, envelope=replace(entry.envelope, **envelope))
        values = {name: value for name, value in envelope.items() if name != "login"}
        if values:
            connection.execute(update(journal).where(journal.c.id == entry.id).values(values))
        settle(connection, incoming(entry, content))
        return connection.execute(select(journal).where(journal.c.id == entry.id)).one()


def itself(store: Store, mail: Asked) -> tuple[bytes, str]:
    """The bytes of a test mail as they leave, and their reverse-path."""
    with store.look() as connection:
        row = outbox.find(connection, mail.number)
    assert row is not None
    plain = row._mapping
    return compose(addressed.letter(desk(), plain), privacy.guard(desk())), addressed.reverse_path(desk(), plain)


def reply(
    mail: Asked, sender: str = ME, words: str = "It is here.", name: str = "In-Reply-To", number: int = 1
) -> bytes:
    return (
        f"From: Me <{sender}>\r\nTo: {OURS}\r\nSubject: Re: Test mail\r\nMessage-ID: <r{number}@elsewhere.example>\r\n"
        f"{name}: {mail.message_id}\r\nDate: Mon, 13 Jul 2026 09:01:00 +0000\r\n\r\n{words}\r\n"
    ).encode()


def bounce(mail: Asked, status: str = "5.1.1", action: str = "failed") -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.elsewhere.example\r\nTo: {OURS}\r\nSubject: Undelivered Mail\r\n"
        f"Message-ID: <b-{action}@mx.elsewhere.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.elsewhere.example\r\n\r\n"
        f"Final-Recipient: rfc822; {ME}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} no such user\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {mail.message_id}\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
    ).encode()


def said(mail: Asked, now: Standing, config: Any = None) -> list[Any]:
    found = list(stations(config or CONFIG, mail, now, 120))
    assert all(one.area == "round trip" and (one.fix or one.level is Level.OK) for one in found)
    return found


CONFIG = load(
    Path(__file__).parents[3] / "templates" / "desk" / "demo.toml", {"REPLYDESK_OUTGOING__URL": "smtp://h:25"}
)
MAIL = Asked(number=12, to=ME, message_id="<p@desk.example>", queued_at=NOW)
GONE = {"handed_over_at": NOW + timedelta(seconds=0.4), "reply": "250 Ok", "row_state": "sent"}
