"""Nasty headers by their numbers: authors, machines, lists, threads and dates (intake 11-44, threat 44).

Each goes through `parsing.reading.read`, which the reader process runs; most have more tests in tests/unit/parsing.
"""

from __future__ import annotations

import base64

import pytest

from parsing import limits, subject
from parsing.message import Kind
from tests.nasty.reading import mail, multipart, parsed


@pytest.mark.parametrize(
    "lines",
    [
        ("From: nora@northwind.example", "From: anastasia@desk.example"),
        ("From: nora@northwind.example, anastasia@desk.example",),
        ("From: anastasia@desk.example <evil@x.example>",),
        ("From : anastasia@desk.example",),
        ("From: staff: anastasia@desk.example;",),
    ],
)
def test_intake_11_a_from_that_is_not_one_mailbox_is_nobodys(lines: tuple[str, ...]) -> None:
    found = mail(*lines, "Sender: anastasia@desk.example")
    assert found.from_defect
    assert found.reply == "The printer is on fire."


@pytest.mark.parametrize(
    "name",
    [
        '"anastasia@desk.example"',
        "=?utf-8?q?=3Canastasia=40desk.example=3E?=",
        "=?utf-8?q?anastasia=40desk.example?=",
        "=?utf-8?q?anastasia=EF=BC=A0desk.example?=",
    ],
)
def test_intake_12_a_name_is_never_an_address(name: str) -> None:
    found = mail(f"From: {name} <evil@x.example>")
    assert found.from_ is not None
    assert found.from_.address == "evil@x.example"
    assert any("shows another address (anastasia@desk.example)" in caution for caution in found.cautions)


def test_intake_12_a_name_that_turns_the_writing_is_shown_as_what_it_is() -> None:
    found = mail(
        "From: =?utf-8?b?" + base64.b64encode("\u202emoc.knab\u202c".encode()).decode() + "?= <evil@x.example>"
    )
    assert found.from_ is not None
    assert found.from_.name == "moc.knab"
    assert any("turn the writing round" in caution for caution in found.cautions)


def test_intake_13_an_encoded_address_is_none() -> None:
    found = mail("From: =?utf-8?q?anastasia=40desk.example?=@evil.example")
    assert found.from_ is None
    assert found.from_defect


@pytest.mark.parametrize(
    "address",
    ["alice@good.example)bob@evil.example", "alice@good.example(<bob@evil.example>", "a@good.example\\@evil.example"],
)
def test_intake_14_an_address_with_stray_brackets_is_none(address: str) -> None:
    assert mail(f"From: {address}").from_defect


@pytest.mark.parametrize("reply_to", ["victim@elsewhere.example", "support@desk.example", "anastasia@desk.example"])
def test_intake_15_reply_to_is_read_and_is_not_the_author(reply_to: str) -> None:
    found = mail(f"Reply-To: {reply_to}")
    assert found.from_ is not None
    assert found.from_.address == "nora@northwind.example"
    assert [box.address for box in found.reply_to] == [reply_to]


def test_intake_16_every_authentication_results_is_kept_apart_and_in_its_place() -> None:
    found = mail(
        "Authentication-Results: mx.desk.example; dmarc=fail", "Authentication-Results: mx.desk.example; dmarc=pass"
    )
    assert [result.methods[0].result for result in found.authentication] == ["fail", "pass"], "the topmost comes first"


def test_intake_17_a_no_of_the_sender_cancels_no_yes_of_a_filter() -> None:
    found = mail("X-Spam-Flag: YES", "X-Spam-Status: Yes, score=9", "X-Spam-Flag: NO", "X-Spam-Status: No, score=0")
    assert {mark.is_spam for mark in found.spam} == {True}


def test_intake_18_a_signature_is_named_and_proves_nobody() -> None:
    raw = multipart(
        "Content-Type: text/plain\r\n\r\nsigned words",
        "Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB",
        kind="signed",
        head="X: y",
    )
    found = parsed(raw)
    assert found.reply == "signed words"
    assert found.authentication == ()


@pytest.mark.parametrize("to", ["SUPPORT+Anything@DESK.example.", "support+x+y@desk.example", '"support"@desk.example'])
def test_intake_20_odd_spellings_of_an_address_are_read(to: str) -> None:
    assert len(mail(f"To: {to}").to) == 1


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Abwesenheitsnotiz", "Ich bin bis 3. Dezember nicht im Büro."),
        ("Automatic reply: Printer", "I am out of the office until 3 December."),
        ("Réponse automatique : Printer", "Je suis absent du bureau jusqu'au 3 décembre."),
        ("Fuera de la oficina", "Estoy fuera de la oficina hasta el 3 de diciembre."),
    ],
)
def test_intake_22_an_absence_without_any_header_is_one(title: str, body: str) -> None:
    assert mail(f"Subject: {title}", body=body).kind is Kind.OUT_OF_OFFICE


@pytest.mark.parametrize("value", ["no", "No", "NO (comment)", "(comment) no", "no; x=y", " no "])
def test_intake_23_only_no_is_human(value: str) -> None:
    found = mail(f"Auto-Submitted: {value}")
    assert (found.kind, found.auto_generated, found.suppress_auto_reply) == (Kind.HUMAN, False, False)


@pytest.mark.parametrize(
    "lines",
    [
        ('Auto-Submitted: auto-replied; owner-email="x@y.example"',),
        ("Auto-Submitted: AUTO-REPLIED (no)",),
        ("Auto-Submitted: no", "Auto-Submitted: auto-replied"),
        ("Auto-Submitted: auto-replied", "Auto-Submitted: no"),
        ("Auto-Submitted: auto-\r\n replied", "Auto-Submitted: auto-replied"),
    ],
)
def test_intake_23_an_answer_of_a_machine_is_one_however_written(lines: tuple[str, ...]) -> None:
    assert mail(*lines).kind is Kind.AUTO_REPLY


@pytest.mark.parametrize("value", ["auto-generated", "auto-notified", "yes", "no-really", '"no"'])
def test_intake_23_whatever_else_was_generated(value: str) -> None:
    assert mail(f"Auto-Submitted: {value}").auto_generated


def test_intake_24_a_wish_for_silence_is_no_evidence_of_a_machine() -> None:
    found = mail("X-Auto-Response-Suppress: All")
    assert (found.kind, found.auto_generated, found.suppress_auto_reply) == (Kind.HUMAN, False, True)


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (("Precedence: list",), Kind.LIST),
        (("List-Id: <users.example.org>", "Precedence: bulk"), Kind.LIST),
        (
            (
                "Precedence: list",
                "List-Id: <users.example.org>",
                "List-Post: <mailto:users@example.org>",
                "In-Reply-To: <x@y>",
                "Subject: Re: x",
            ),
            None,
        ),
    ],
)
def test_intake_25_no_list_is_answered(lines: tuple[str, ...], kind: Kind | None) -> None:
    found = mail(*lines)
    assert found.suppress_auto_reply
    assert kind is None or found.kind is kind


def test_intake_26_a_null_return_path_counts_wherever_it_stands() -> None:
    assert mail("Received: from a by b", "X-Other: y", "Return-Path: <>").suppress_auto_reply
    assert mail("Return-Path: < >", envelope="").suppress_auto_reply
    assert not mail("Return-Path: <>", envelope="nora@northwind.example").suppress_auto_reply, "the envelope is known"


@pytest.mark.parametrize(
    ("lines", "body", "kind"),
    [
        (
            ("From: MAILER-DAEMON@x.example", "Subject: Undelivered Mail Returned to Sender"),
            "<nora@x.example>: 550 5.7.129 user unknown",
            Kind.BOUNCE,
        ),
        (
            ("From: postmaster@x.example", "Subject: Unzustellbar: Printer"),
            "Die Nachricht konnte nicht zugestellt werden: nora@x.example 550 5.1.1",
            Kind.BOUNCE,
        ),
        (
            ("From: MAILER-DAEMON@x.example", "Subject: Delayed Mail (still being retried)"),
            "Your mail to nora@x.example is delayed: 4.4.1 connection timed out. It will be retried.",
            Kind.DELAY,
        ),
        (
            ("From: nora@x.example", "Subject: Read: Printer"),
            "Your message\n\nTo: Support\nSubject: Printer\n\nwas read on Monday, 23 November 2026 09:00:00.",
            Kind.RECEIPT,
        ),
        (
            ("From: nora@x.example", "Subject: Recall: Printer"),
            'Nora would like to recall the message, "Printer".',
            Kind.AUTO_REPLY,
        ),
        (
            ("From: nora@x.example", "X-Spamarrest: y", "Subject: Please confirm"),
            "Click to prove that you are a person.",
            Kind.CHALLENGE,
        ),
    ],
)
def test_intake_29_each_sort_of_machine_has_its_kind(lines: tuple[str, ...], body: str, kind: Kind) -> None:
    assert mail(*lines, body=body, envelope="").kind is kind


@pytest.mark.parametrize(
    "raw",
    [
        multipart(
            "Content-Type: text/plain\r\n\r\nFeedback",
            "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse",
            kind="report; report-type=feedback-report",
        ),
        multipart(
            "Content-Type: text/plain\r\n\r\nRead",
            (
                "Content-Type: message/disposition-notification\r\n\r\nDisposition: manual-action/MDN-"
                "sent-manually; displayed"
            ),
            kind="report; report-type=disposition-notification",
        ),
        multipart(
            "Content-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nB"
            "EGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\nEND:VCALENDAR"
        ),
    ],
    ids=["abuse", "receipt", "calendar"],
)
def test_intake_29_reports_and_answers_to_invitations_are_no_requests(raw: bytes) -> None:
    assert parsed(raw).kind in {Kind.ABUSE_REPORT, Kind.RECEIPT, Kind.CALENDAR}


@pytest.mark.parametrize("title", ["SYS-123 Printer", "[JIRA] (SYS-123) Printer", "RE: SYS-123 Printer"])
def test_intake_35_the_key_of_another_system_is_seen(title: str) -> None:
    assert mail(f"Subject: {title}").foreign_references == ("SYS-123",)


def test_intake_39_thousands_of_references_are_capped_newest_first() -> None:
    found = mail("References: " + " ".join(f"<{n}@x.example>" for n in range(5_000)))
    assert len(found.references) == limits.REFERENCES
    # A header is looked at up to its cap; what stands there last is the newest that can be seen.
    assert found.references[-1].endswith("@x.example>")


@pytest.mark.parametrize(
    "value",
    [
        '"Nora, who wrote" <a@b.example>',
        "a@b.example",
        "<a@b.example>, <a@b.example>",
        "<>, <a@b.example>",
        "<a@\r\n b.example>",
    ],
)
def test_intake_39_odd_threading_headers_are_read(value: str) -> None:
    assert mail(f"In-Reply-To: {value}").in_reply_to == ("<a@b.example>",)


@pytest.mark.parametrize(
    "title",
    [
        "Re: x",
        "Re[2]: x",
        "RE: AW: x",
        "WG: x",
        "SV: x",
        "RV: x",
        "回复: x",
        "回复：x",
        "Fwd: Re: x",
        "TR : x",
        "Odp: x",
        "R: x",
        "Antw: x",
        "[EXT] Re: x",
        "Re: [DESK-1042] x",
    ],
)
def test_intake_40_marks_of_many_languages_are_no_change_of_subject(title: str) -> None:
    assert subject.base(mail(f"Subject: {title}").subject) == "x"


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 23 Nov 99999 08:00:00 +0000",
        "Mon, 23 Nov 2026 08:00:00 +9999",
        "x" * 181,
        "Mon, 32 Nov 2026 08:00:00 +0000",
        "",
        "0",
        "Thu, 01 Jan 0001 00:00:00 +2359",
    ],
)
def test_intake_43_an_impossible_date_is_none_and_costs_nothing_else(date: str) -> None:
    found = mail(f"Date: {date}")
    assert found.date is None
    assert found.reply == "The printer is on fire."


@pytest.mark.parametrize("date", ["Thu, 1 Jan 1970 00:00:00 +0000", "Fri, 23 Nov 2096 08:00:00 +0000"])
def test_intake_43_an_unlikely_date_is_kept_as_it_was_said(date: str) -> None:
    assert mail(f"Date: {date}").date is not None


def test_threat_44_a_date_of_a_megabyte_is_none() -> None:
    assert mail("Date: " + "9" * 1_000_000).date is None
