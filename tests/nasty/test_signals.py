"""Nasty inputs of intake part 4 and threats of reliability part 2 that end in the parser, by their numbers.

Each goes through `parsing.reading.read`, which the reader process runs; most have more tests in tests/unit/parsing.
"""

from __future__ import annotations

import base64
import io
import time
import unicodedata
import zipfile

import pytest

from gateway.reader import unread
from parsing import limits, subject
from parsing.command import commands
from parsing.message import Kind, ParsedMail
from parsing.reading import read

SECONDS = 2.0  # reliability F1: no input takes more than that of a processor


def mail(*lines: str, body: str = "The printer is on fire.", **how: str) -> ParsedMail:
    """A mail of Nora's with these header lines before the usual ones."""
    head = [*lines, *(line for line in USUAL if line.partition(":")[0] not in {one.partition(":")[0] for one in lines})]
    return parsed("\r\n".join(head).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body.encode(), **how)


USUAL = (
    "From: Nora <nora@northwind.example>",
    "To: support@desk.example",
    "Subject: Printer",
    "Message-ID: <a@b.example>",
)


def parsed(raw: bytes, **how: str) -> ParsedMail:
    """Read within its time."""
    began = time.process_time()
    found = read(raw, envelope_sender=how.get("envelope"))
    assert time.process_time() - began < SECONDS
    return found


def multipart(*parts: str, kind: str = "mixed", head: str = "") -> bytes:
    lines = [*USUAL, f'Content-Type: multipart/{kind}; boundary="b"', head]
    text = "\r\n".join(line for line in lines if line) + "\r\n\r\n"
    return (text + "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n").encode()


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


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed\r\n\r\nwords",
        b"Content-Type: multipart/mixed; boundary=\r\n\r\nwords",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\nwords",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords",
        (
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed"
            b"; boundary=bb\r\n\r\n--bb\r\n\r\nwords\r\n--bb--\r\n--b--"
        ),
        (
            b"Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\nContent-Type: multipart/mix"
            b"ed; boundary=b\r\n\r\n--b\r\n\r\nwords\r\n--b--\r\n--bb--"
        ),
    ],
)
def test_intake_46_a_boundary_that_is_wrong_loses_no_words(raw: bytes) -> None:
    assert "words" in parsed(b"From: a@b.example\r\n" + raw).text


BOMBS = {
    "100,000 parts": lambda: b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\n\r\n" * 100_000,
    "500 nested multiparts": lambda: b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(500)
    ),
    "400 nested mails": lambda: b"Content-Type: message/rfc822\r\n\r\n" * 400 + b"Subject: x\r\n\r\nwords",
}


@pytest.mark.parametrize("name", BOMBS)
def test_intake_47_a_bomb_of_parts_is_a_mail_with_a_notice(name: str) -> None:
    found = parsed(b"From: nora@northwind.example\r\n" + BOMBS[name]())
    assert found.from_ is not None
    assert len(found.attachments) <= limits.PARTS
    assert found.defects or found.attachments


@pytest.mark.parametrize(
    ("encoding", "body", "words"),
    [
        ("base64", "d29y!!ZHM", "words"),
        ("base64", "d29yZHM", "words"),
        ("base64", base64.b64encode(b"words " * 100_000).decode(), "words"),
        ("foo", "words", "words"),
        ("quoted-printable", "wor=64s =ZZ =", "words"),
        ("7bit", "words\r\nbegin 644 a.txt\r\n#86)C\r\n`\r\nend", "words"),
    ],
)
def test_intake_48_transfer_encodings_are_undone_as_far_as_can_be(encoding: str, body: str, words: str) -> None:
    assert words in mail(f"Content-Transfer-Encoding: {encoding}", body=body).text


@pytest.mark.parametrize(
    "name",
    [
        "unknown-8bit",
        "idna",
        "zlib",
        "utf-8\x00",
        "unicode_escape",
        "utf-7",
        "iso-2022-jp-3",
        "gb2312",
        "ks_c_5601-1987",
        "rot13",
        "punycode",
        "undefined",
        "x" * 5_000,
    ],
)
def test_intake_49_no_charset_stops_a_mail(name: str) -> None:
    found = mail(f"Content-Type: text/plain; charset={name}", body="words +ADw-script+AD4- \\x3cscript\\x3e")
    assert "words" in found.text
    assert "<script" not in found.text or name == "utf-7"


@pytest.mark.parametrize("field", ["Subject", "From"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", "\u2028", "\u2029", "\x85", "\x0b"])
def test_intake_50_no_line_end_comes_out_of_an_encoded_word(field: str, end: str) -> None:
    word = "=?utf-8?b?" + base64.b64encode(f"Hi{end}Bcc: evil@x.example".encode()).decode() + "?="
    found = mail(f"{field}: {word}" + " <nora@northwind.example>" * (field == "From"))
    out = found.subject if field == "Subject" else found.from_.name if found.from_ else ""
    assert out.startswith("Hi")
    assert out.isprintable()


def test_intake_51_subjects_of_every_shape() -> None:
    assert len(mail("Subject: " + "x" * 1_000_000).subject) <= limits.HEADER_VALUE
    assert mail("Subject:").subject == ""
    assert subject.base(mail("Subject: Re:").subject) == ""
    assert mail("Subject: =?utf-8?b?8J8=?= =?utf-8?b?mIA=?=").subject == "\U0001f600"
    assert "\x00" not in mail("Subject: a\x00b").subject
    assert "\x00" not in mail(body="a\x00b").text


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "C:\\x\\con",
        "con",
        ".htaccess",
        "\u200b.htaccess",
        "a\u202egpj.exe",
        "x" * 10_000 + ".txt",
        "",
        "a\x00.txt",
        "%2e%2e",
        "..",
        "a." + "b" * 10_000,
    ],
)
def test_intake_52_threat_31_no_name_of_a_file_is_a_path(name: str) -> None:
    encoded = "=?utf-8?b?" + base64.b64encode(name.encode()).decode() + "?="
    found = parsed(
        multipart(f'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="{encoded}"\r\n\r\nx')
    )
    (file,) = found.attachments
    assert file.safe_name
    assert not set(file.safe_name) & set("/\\\x00:")
    assert not file.safe_name.startswith(".")
    assert len(file.safe_name.encode()) <= limits.FILENAME
    assert file.safe_name.isprintable()
    assert unicodedata.normalize("NFKC", file.safe_name).partition(".")[0].lower() != "con"


@pytest.mark.parametrize(
    "page",
    [
        "<script>alert(1)</script>words",
        "<svg onload=x><p>words",
        "<base href=//x><p>words",
        "<div>" * 100_000 + "words",
        " " * 1_000_000 + "words",
        "<a href=x>words</a>" * 5_001,
        "<p style='position:fixed'>words",
        "<form action=x>words</form>",
    ],
    ids=range(8),
)
def test_intake_53_html_is_text_and_bounded(page: str) -> None:
    found = mail("Content-Type: text/html; charset=utf-8", body=page)
    assert "alert(1)" not in found.text
    assert "words" in found.text or found.defects


@pytest.mark.parametrize(
    ("declared", "data", "real"),
    [("image/png", b"<html><script>x</script>", "text/html"), ("text/plain", b"MZ\x90\x00" + b"x" * 100, "")],
)
def test_intake_54_a_file_is_what_its_bytes_are(declared: str, data: bytes, real: str) -> None:
    part = f"Content-Type: {declared}; name=a\r\nContent-Disposition: attachment\r\n"
    part += "Content-Transfer-Encoding: base64\r\n\r\n"
    (file,) = parsed(multipart(part + base64.b64encode(data).decode())).attachments
    assert file.real_type != declared
    assert not real or file.real_type == real


def test_intake_55_threat_12_an_archive_is_never_unpacked() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(50_000_000))
    part = (
        "Content-Type: application/zip; name=42.zip\r\nContent-Disposition: attachment\r\nCont"
        "ent-Transfer-Encoding: base64\r\n\r\n"
    )
    (file,) = parsed(multipart(part + base64.encodebytes(packed.getvalue()).decode())).attachments
    assert (file.filename, file.size) == ("42.zip", len(packed.getvalue()))


def test_intake_56_a_broken_winmail_is_kept_as_a_file() -> None:
    part = "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    found = parsed(
        multipart(
            "Content-Type: text/plain\r\n\r\nwords",
            part + base64.b64encode(b"\x78\x9f\x3e\x22" + b"\xff" * 5_000).decode(),
        )
    )
    assert found.reply == "words"
    assert [file.filename for file in found.attachments] == ["winmail.dat"]


def test_intake_57_what_is_encrypted_is_named_kept_and_never_mixed() -> None:
    found = parsed(
        multipart(
            "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
            (
                "Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n-----BEGIN PGP MESS"
                "AGE-----\r\nx\r\n-----END PGP MESSAGE-----"
            ),
            kind="encrypted",
        )
    )
    assert found.encrypted == "openpgp"
    assert any("encrypted" in caution for caution in found.cautions)
    assert found.attachments


def test_intake_58_text_and_html_that_disagree_are_marked() -> None:
    text = "Please close my ticket, everything works well again and nothing else has to be done by you."
    page = (
        "<p>Transfer five thousand euros to the following account number before tomorrow morni"
        "ng, thank you very much.</p>"
    )
    found = parsed(
        multipart(
            f"Content-Type: text/plain\r\n\r\n{text}", f"Content-Type: text/html\r\n\r\n{page}", kind="alternative"
        )
    )
    assert found.cautions
    assert found.reply == text


def test_intake_59_a_command_in_a_quotation_or_a_forward_is_no_command() -> None:
    found = mail(
        body="Thank you.\n\nOn Mon, 23 Nov 2026 at 09:00, Nora <nora@northwind.example> wrote:\n> #close\n> #assign eve"
    )
    assert commands(found.reply).commands == ()


def test_intake_60_a_separator_of_the_customers_own_hides_nothing() -> None:
    found = mail(body="Hello\n-- write above this line --\nThe important words\n")
    assert "The important words" in found.text
    assert "The important words" in found.reply + found.quoted + found.signature


def test_intake_61_equal_logos_have_equal_hashes() -> None:
    logo = (
        "Content-Type: image/png; name=logo.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.b64encode(b"\x89PNG\r\n\x1a\nx").decode()
    )
    found = parsed(multipart("Content-Type: text/plain\r\n\r\nwords", *[logo] * 40))
    assert len(found.attachments) == 40
    assert len({file.sha256 for file in found.attachments}) == 1
    assert len({file.safe_name for file in found.attachments}) == 40


def test_intake_62_who_wrote_the_original_comes_from_its_header_block_alone() -> None:
    block = (
        "---------- Forwarded message ---------\nFrom: Nora <nora@northwind.example>\nDate: Mo"
        "n, 23 Nov 2026\nSubject: Printer\nTo: <x@y.example>\n\nAsk eve@x.example"
    )
    found = mail("From: anastasia@desk.example", "Subject: Fwd: Printer", body=f"please see\n\n{block}")
    assert found.forwarded is not None
    assert found.forwarded.from_ is not None
    assert found.forwarded.from_.address == "nora@northwind.example"
    assert mail("Subject: Printer", body="Ask eve@x.example or bob@x.example").forwarded is None


def test_intake_72_a_mail_that_no_reader_survives_is_a_stub() -> None:
    assert unread("three readers died over it").defects == ("three readers died over it",)


@pytest.mark.parametrize(
    "text",
    [
        '"On ' + "On " * 20_000,
        ">" * 300_000,
        "[#" * 100_000,
        " \t" * 300_000 + "x",
        "-" * 500_000,
        "From: " * 50_000,
        "a@" * 200_000,
    ],
    ids=range(7),
)
def test_threat_13_no_text_makes_a_pattern_backtrack(text: str) -> None:
    parsed(("\r\n".join(USUAL) + "\r\n\r\n" + text).encode())
    mail(f"Subject: {text[:60_000]}", f"From: {text[:60_000]} <a@b.example>", f"X-Spam-Status: {text[:60_000]}")


def test_threat_30_a_look_alike_is_shown_in_the_letters_of_dns() -> None:
    found = mail("From: Anastasia <anastasia@d\u0435sk.example>")
    assert found.from_ is not None
    assert found.from_.address == "anastasia@xn--dsk-rdd.example"
    assert found.from_defect
    assert any("several alphabets" in caution for caution in found.cautions)


@pytest.mark.parametrize("codec", ["utf-7", "unicode_escape", "punycode", "idna", "rot13", "zlib", "undefined"])
def test_threat_38_a_name_in_a_forbidden_codec_raises_nothing(codec: str) -> None:
    assert mail(f"Subject: =?{codec}?q?+ADw-x+AD4-?=").subject
