"""Text that a database refuses never reaches it: NUL, lone surrogates, what an index cannot hold, what is too long.

PostgreSQL refuses NUL in text and long keys in an index, both refuse lone surrogates; SQLite would keep the NUL. The
parser is where it ends (house, pitfall 9).
"""

from __future__ import annotations

import random
import string
from dataclasses import replace

import pytest
from sqlalchemy import select

from gateway.rules.case import Incoming
from parsing.reading import read
from store import journal
from store.journal import Received
from store.tables import journal as journal_table
from store.tables import messages, outbox, people, tickets
from tests.unit.store.samples import NOW, envelope, settle

_NOISE = "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=60_000))


def _mail(**lines):
    head = {
        "From": "Nora <nora@northwind.example>",
        "To": "support@desk.example",
        "Subject": "The export stops",
        "Message-ID": "<1@northwind.example>",
        "Date": "Mon, 13 Jul 2026 09:00:00 +0200",
        **{name.replace("_", "-"): value for name, value in lines.items()},
    }
    body = head.pop("Body", "words")
    text = "".join(f"{name}: {value}\r\n" for name, value in head.items()) + "\r\n" + body + "\r\n"
    return text.encode("utf-8", "surrogateescape")


MULTIPART = "multipart/mixed; boundary=b"
CASES = {
    "subject encoded": _mail(Subject="=?utf-8?q?a=00b?="),
    "subject bare": _mail(Subject="a\x00b"),
    "subject bytes": _mail(Subject="a\udcff\udced\udca0\udc80b"),
    "subject surrogate": _mail(Subject="=?utf-16-le?b?ANg=?= =?utf-7?q?+2AA-?="),
    "subject long": _mail(Subject=_NOISE),
    "name encoded": _mail(From="=?utf-8?q?No=00ra?= <nora@northwind.example>"),
    "name bare": _mail(From='"No\x00ra" <nora@northwind.example>'),
    "name bytes": _mail(From='"No\udcff" <nora@northwind.example>'),
    "address": _mail(From="no\x00ra@northwind.example"),
    "address bytes": _mail(From="no\udcffra@northwind.example"),
    "address long": _mail(From=f"{_NOISE[:8000]}@northwind.example"),
    "to": _mail(To="=?utf-8?q?=00?= <su\x00pport@desk.example>, \udcff@x.example"),
    "message id": _mail(Message_ID="<a\x00\udcffb@northwind.example>"),
    "message id long": _mail(Message_ID=f"<{_NOISE[:20_000]}@northwind.example>"),
    "message id longish": _mail(Message_ID=f"<{_NOISE[:890]}@northwind.example>"),
    "references": _mail(References="<a\x00b@x> <\udcff@x>", In_Reply_To=f"<{_NOISE[:9000]}@x>"),
    "reference number": _mail(Subject="[DESK-9999999999] and DESK-99999999999999999999999"),
    "body": _mail(Body="a\x00b\udcffc"),
    "body base64": _mail(Content_Transfer_Encoding="base64", Content_Type="text/plain; charset=utf-8", Body="YQBiAA=="),
    "body utf-16": _mail(
        Content_Transfer_Encoding="base64", Content_Type="text/plain; charset=utf-16", Body="ANhhAADcAAA="
    ),
    "body utf-7": _mail(Content_Type="text/plain; charset=utf-7", Body="+2AA- +AAA- +3AA-"),
    "body html": _mail(Content_Type="text/html; charset=utf-8", Body="<p>a&#0;b&#xD800;c\x00</p>"),
    "file name": _mail(
        Content_Type=MULTIPART,
        Body="--b\r\nContent-Type: text/x\x00y; name*=utf-8''a%00b\r\n"
        "Content-Disposition: attachment; filename*=utf-8''a%00b%ED%A0%80\r\n\r\nx\r\n"
        '--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="=?utf-8?q?=00?=x"\r\n\r\nx'
        "\r\n--b--",
    ),
    "bounce": _mail(
        From="MAILER-DAEMON@x.example",
        Content_Type="multipart/report; report-type=delivery-status; boundary=b",
        Body="--b\r\n\r\nx\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        "Final-Recipient: rfc822; a\x00\udcff@x.example\r\nAction: failed\r\nStatus: 5.1.1\x00\r\n"
        "Diagnostic-Code: smtp; 550 \x00\udcff\r\n\r\n--b--",
    ),
    "date": _mail(Date="Mon, 13 Jul 99999 09:00:00 +0200\x00"),
    "received": _mail(Received="from x\x00\udcff", Authentication_Results="mx.desk.example; dkim=pa\x00ss"),
    "language": _mail(Content_Language="x" * 300 + "\x00"),
    "topic": _mail(Body="Our log\x00in: the pass\x00word \udcff is wrong"),
}


def _settle(store, content, *, sender="nora@northwind.example"):
    with store.turn() as connection:
        (entry,) = journal.append(connection, [Received.of(envelope(sender=sender), content)])
    parsed = read(content, envelope_sender=sender)
    with store.turn() as connection:
        settle(connection, Incoming(entry=entry, mail=parsed, now=NOW))
    return entry


@pytest.mark.parametrize("case", CASES)
def test_hostile_text_becomes_rows(store, case):
    entry = _settle(store, CASES[case])
    with store.turn() as connection:  # and once more, as a replay of what no reader survives
        again = replace(entry, ticket=1001 if journal.find(connection, entry.id).ticket_id else None)
        settle(connection, Incoming(entry=again, mail=read(CASES[case]), now=NOW, unreadable="no reader survived it"))
    with store.look() as connection:
        assert journal.find(connection, entry.id).verdict is not None
        assert journal.contents(connection, [entry]) == [CASES[case]]
        shown = [
            [tuple(found) for found in connection.execute(select(table)).all()]
            for table in (journal_table, messages, tickets, people, outbox)
        ]
    assert "\\x00" not in str(shown)
    str(shown).encode("utf-8")


@pytest.mark.parametrize("sender", ["müller@bücher.example", '"a b"@x.example', ""])
def test_envelopes_of_every_kind_are_kept(store, sender):
    entry = _settle(store, _mail(), sender=sender)
    with store.look() as connection:
        assert journal.find(connection, entry.id).envelope_from == sender
