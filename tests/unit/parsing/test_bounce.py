"""Delivery reports: whom, why, which mail (intake 27-29)."""

import json
import time

import pytest

from parsing import limits
from parsing.message import Bounce, Kind
from parsing.reading import read

DSN = (
    "From: MAILER-DAEMON@mx.test\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\n"
    "This is the mail system.\r\n"
    "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"
    "Final-Recipient: rfc822; carla@gone.test\r\n"
    "Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {diagnostic}\r\n"
    "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nMessage-ID:\r\n <abc@desk.example>\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "reason", "permanent"),
    [
        ("failed", "5.1.1", "550 5.1.1 User unknown", "mailbox unknown", True),
        ("failed", "5.2.2", "552 5.2.2 Mailbox full", "mailbox full", True),
        ("failed", "5.1.2", "550 Host unknown", "host unknown", True),
        ("failed", "5.7.1", "550 5.7.1 message refused by policy", "policy", True),
        ("failed", "5.3.4", "552 message too big", "message too large", True),
        ("failed", "5.7.1", "554 blocked using spamhaus", "spam", True),
        ("delayed", "4.4.1", "connection timed out", "temporary", False),
        ("failed", "5.2.1", "x-nothing", "mailbox disabled", True),
    ],
)
def test_reports(action, status, diagnostic, reason, permanent):
    mail = read(DSN.format(action=action, status=status, diagnostic=diagnostic).encode())
    assert mail.kind is (Kind.DELAY if action == "delayed" else Kind.BOUNCE)
    (recipient,) = mail.bounce.recipients
    assert (recipient.address, recipient.status, recipient.action) == ("carla@gone.test", status, action)
    assert (recipient.reason, recipient.permanent) == (reason, permanent)
    assert mail.bounce.original_message_id == "<abc@desk.example>"


TEXTS = {
    "qmail": (
        "From: MAILER-DAEMON@mx.test\r\nSubject: failure notice\r\n\r\n"
        "Hi. This is the qmail-send program at mx.test.\r\nI'm afraid I wasn't able to deliver your message "
        "to the following addresses.\r\n\r\n<carla@gone.test>:\r\n192.0.2.1 does not like recipient.\r\n"
        "Remote host said: 550 5.1.1 no such user\r\n\r\n"
        "--- Below this line is a copy of the message.\r\n\r\nReturn-Path: <a@desk.example>\r\n"
        "Message-ID: <abc@desk.example>\r\nTo: carla@gone.test\r\n"
    ),
    "exim": (
        "From: Mail Delivery System <Mailer-Daemon@mx.test>\r\nX-Failed-Recipients: carla@gone.test\r\n"
        "Subject: Mail delivery failed: returning message to sender\r\n\r\n"
        "A message that you sent could not be delivered to one or more of its\r\nrecipients.\r\n\r\n"
        "  carla@gone.test\r\n    unknown user\r\n\r\n"
        "------ This is a copy of the message, including all the headers. ------\r\n\r\n"
        "Message-ID: <abc@desk.example>\r\n"
    ),
    "exchange": (
        "From: postmaster@mx.test\r\nSubject: Undeliverable: Printer\r\n\r\n"
        "Your message did not reach the following recipient(s):\r\n\r\ncarla@gone.test\r\n"
        "The e-mail address could not be found.\r\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\r\n\r\n"
        "Original message headers:\r\nMessage-ID: <abc@desk.example>\r\n"
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_free_text(name):
    mail = read(TEXTS[name].encode())
    assert mail.kind is Kind.BOUNCE
    (recipient,) = mail.bounce.recipients
    assert recipient.address == "carla@gone.test"
    assert recipient.reason == "mailbox unknown"
    assert recipient.permanent
    assert mail.bounce.original_message_id == "<abc@desk.example>"


def test_a_thousand_recipients_are_capped():
    blocks = "".join(
        f"\r\nFinal-Recipient: rfc822; a{n}@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\n" for n in range(1_000)
    )
    raw = (
        "From: MAILER-DAEMON@x.test\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n" + blocks
    )
    assert len(read(raw.encode()).bounce.recipients) == 100


def told(body: str, *lines: str) -> tuple:
    head = "\r\n".join(["From: MAILER-DAEMON@mx.test", "Subject: failure notice", *lines])
    mail = read(f"{head}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}".encode())
    assert mail.kind in {Kind.BOUNCE, Kind.DELAY}
    return mail.bounce.recipients


def reported(*fields: str) -> tuple:
    raw = "From: MAILER-DAEMON@mx.test\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
    return read((raw + "\r\n".join(fields)).encode()).bounce.recipients


WORDS = [
    ("Das Postfach ist voll", "mailbox full"),
    ("La boîte aux lettres est pleine", "mailbox full"),
    ("El buzón está lleno", "mailbox full"),
    ("ящик переполнен", "mailbox full"),
    ("容量を超えています", "mailbox full"),
    ("Empfänger unbekannt", "mailbox unknown"),
    ("adresse inconnue", "mailbox unknown"),
    ("el usuario no existe", "mailbox unknown"),
    ("l'utente non esiste", "mailbox unknown"),
    ("o usuário não existe", "mailbox unknown"),
    ("de gebruiker bestaat niet", "mailbox unknown"),
    ("użytkownik nie istnieje", "mailbox unknown"),
    ("användaren finns inte", "mailbox unknown"),
    ("такого адреса не существует", "mailbox unknown"),
    ("ユーザーが存在しません", "mailbox unknown"),
    ("用户不存在", "mailbox unknown"),
    ("Die Nachricht ist zu groß", "message too large"),
    ("le domaine n'existe pas", "host unknown"),
    ("SPF check failed", "authentication"),
    ("infected with a virus", "virus"),
    ("user not listed in Domino Directory", "mailbox unknown"),
    ("blocked, listed by spamhaus", "spam"),
    ("greylisted, try again", "temporary"),
    ("nothing that anybody knows", "unknown"),
]


@pytest.mark.parametrize(("words", "reason"), WORDS)
def test_reasons_in_words(words, reason):
    (recipient,) = told(f"Your message could not be delivered.\n\n<carla@gone.test>:\n{words}\n")
    assert recipient.reason == reason


def test_each_address_has_its_own_reason():
    one, other = told(
        "could not be delivered\n\na@x.test\n   550 5.1.1 no such user\nb@x.test\n   452 4.2.2 over quota\n"
    )
    assert (one.address, one.status, one.reason, one.permanent) == ("a@x.test", "5.1.1", "mailbox unknown", True)
    assert (other.address, other.status, other.reason, other.permanent) == ("b@x.test", "4.2.2", "mailbox full", False)


def test_permanence():
    (full,) = told("could not be delivered\n\n<a@x.test>: the mailbox is full\n")
    assert full.permanent, "a server that gave up will not try again"
    (again,) = told("could not be delivered\n\n<a@x.test>: greylisted, try again\n")
    assert not again.permanent
    (mixed,) = reported("Final-Recipient: rfc822; a@x.test", "Action: failed", "Status: 4.5.0",
                        "Diagnostic-Code: smtp; 550 5.5.0 refused")  # fmt: skip
    assert (mixed.status, mixed.permanent) == ("5.5.0", True)
    (waits,) = reported("Final-Recipient: rfc822; a@x.test", "Action: delayed", "Status: 4.4.7")
    assert (waits.reason, waits.permanent) == ("temporary", False)


def test_whom_we_had_written_to():
    (one,) = reported("Original-Recipient: rfc822;eve+2Bnews@x.test", "Final-Recipient: rfc822; box17@y.test",
                      "Action: failed", "Status: 5.1.1")  # fmt: skip
    assert one.address == "eve+news@x.test"
    (one,) = reported(
        "Original-Recipient: rfc822; unknown", "Final-Recipient: utf-8; j\\x{FC}rgen@y.test", "Action: failed"
    )
    assert one.address == "jürgen@y.test"


def test_reports_that_break_the_grammar():
    one, other = reported("Final-Recipient: rfc822; a@x.test", "Action: Failure (bad)", "Status: 5.1.1 (x)",
                          "Final-Recipient: rfc822; b@x.test", "", "Action: error", "Status: 5.2.2")  # fmt: skip
    assert (one.address, one.action, one.status) == ("a@x.test", "failed", "5.1.1")
    assert (other.address, other.action, other.status) == ("b@x.test", "failed", "5.2.2")


def test_whom_it_reached_has_not_failed():
    found = reported("Final-Recipient: rfc822; a@x.test", "Action: delivered", "Status: 2.0.0", "",
                     "Final-Recipient: rfc822; b@x.test", "Action: failed", "Status: 5.1.1")  # fmt: skip
    assert [one.address for one in found] == ["b@x.test"]


def test_a_flattened_report():
    (one,) = told(
        "No luck.\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@x.test\nAction: failed\nStatus: 5.1.2\n"
    )
    assert (one.address, one.status, one.reason) == ("a@x.test", "5.1.2", "host unknown")


def test_an_odd_bounce_that_flufl_bounce_knows():
    (one,) = told(
        "The following addresses had permanent fatal errors:\n<bob@mailhost>\nTranscript of session follows\nno luck\n"
    )
    assert (one.address, one.permanent) == ("bob@mailhost", True)


def notified(message: dict, *, wrapped: bool) -> Bounce:
    text = json.dumps({"Type": "Notification", "Message": json.dumps(message)} if wrapped else message)
    mail = read(f"From: no-reply@sns.amazonaws.com\r\nSubject: AWS Notification Message\r\n\r\n{text}".encode())
    assert mail.kind is Kind.BOUNCE
    return mail.bounce


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("name", ["notificationType", "eventType"])
def test_a_notice_of_amazon_ses_inside_its_envelope_and_without(name, wrapped):
    listed = [{"emailAddress": "carla@gone.test", "action": "failed", "status": "5.1.1", "diagnosticCode": "x"}]
    ours = {"commonHeaders": {"messageId": "<abc@desk.example>"}}
    found = notified({name: "Bounce", "bounce": {"bouncedRecipients": listed}, "mail": ours}, wrapped=wrapped)
    assert found.original_message_id == "<abc@desk.example>"
    (one,) = found.recipients
    assert (one.address, one.status, one.reason) == ("carla@gone.test", "5.1.1", "mailbox unknown")


def test_a_notice_with_too_many_recipients_and_values_that_are_no_text():
    listed = [{"emailAddress": f"a{n}@x.test", "status": 511, "diagnosticCode": ["x"]} for n in range(300)]
    found = notified({"eventType": "Bounce", "bounce": {"bouncedRecipients": listed}}, wrapped=False).recipients
    assert len(found) == limits.RECIPIENTS
    assert (found[0].address, found[0].status) == ("a0@x.test", "")
    nested = {"eventType": "Bounce", "bounce": {"bouncedRecipients": [{"emailAddress": {"a": 1}}]}}
    assert notified(nested, wrapped=False).recipients == ()


def test_a_mail_to_oneself():
    (one,) = told("could not be delivered\n\n<ann@x.test>:\n552 quota exceeded\n", "To: ann@x.test")
    assert one.address == "ann@x.test"


def test_message_ids_and_helpers_are_no_recipients():
    found = told("could not be delivered\n\n<a@x.test>: user unknown\nMessage-ID: <20250801.1234567@y.test>\n"
                 "For help contact help@x.test\n")  # fmt: skip
    assert [one.address for one in found] == ["a@x.test"]


NAMED = DSN.format(action="failed", status="5.1.1", diagnostic="550 5.1.1 User unknown")


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("Original-Envelope-Id: 17-abc", "17-abc"),
        ("original-envelope-id:17-abc ", "17-abc"),
        ("Original-Envelope-Id:\r\n 17-abc", "17-abc"),
        ("Original-Envelope-Id: 17-\x00abc", "17-abc"),
        (f"Original-Envelope-Id: {'x' * 9_000}", "x" * 100),
        ("X-Original-Envelope-Id: 17-abc", ""),
    ],
)
def test_the_envelope_id_of_a_report(field, found):
    raw = NAMED.replace("Reporting-MTA: dns; mx.test", f"Reporting-MTA: dns; mx.test\r\n{field}")
    assert read(raw.encode()).bounce.envelope_id == found


def test_an_envelope_id_stands_among_the_fields_of_the_message_and_nowhere_else():
    field = "Original-Envelope-Id: 17-abc"
    for place in ("Action: failed", "Subject: x", "This is the mail system."):
        raw = NAMED.replace(place, f"{place}\r\n{field}")
        assert raw.count(field) == 1
        assert read(raw.encode()).bounce.envelope_id == ""


def test_many_large_reports_are_searched_for_it_in_linear_time():
    """As many parts as are looked at, each of them as large as is looked at, and none has it."""
    part = "--b\r\nContent-Type: message/delivery-status\r\n\r\n" + "Reporting-MTA: dns; mx.test\r\n\r\n" * 2_000
    raw = NAMED.replace("--b--", part * 100 + "--b--").encode()
    start = time.process_time()
    assert read(raw).bounce.envelope_id == ""
    assert time.process_time() - start < 3.0
