"""The whole mail, its JSON and its hash (DESIGN section 6; intake 36-38, 59)."""

import json
import pickle

import pytest

from parsing.message import Lexicon, Reading, TopicWords
from parsing.portrait import as_json
from parsing.reading import read

RAW = (
    b"Return-Path: <anna@customer.example>\r\nReceived: from a by b; Thu, 19 Nov 2026 10:12:13 +0100\r\n"
    b"Authentication-Results: mx.desk.example; dkim=pass header.d=customer.example\r\n"
    b"From: Anna Muster <anna@customer.example>\r\n"
    b"To: Support <support@desk.example>\r\nCc: b@x.test\r\nReply-To: c@x.test\r\nSubject: Drucker\r\n"
    b"Date: Thu, 19 Nov 2026 10:12:11 +0100\r\n"
    b"Message-ID: <abc@customer.example>\r\nIn-Reply-To: <d@desk.example>\r\n"
    b"References: <e@desk.example> <d@desk.example>\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Der Drucker startet nicht und wir haben keine Rechnung.\r\n\r\n-- \r\nAnna\r\n"
)
KEYS = (
    "file kind kind_reasons from reply_to to cc subject message_id in_reply_to references date text reply "
    "quoted signature forwarded language "
    "attachments bounce calendar defects seconds"
)


def test_a_plain_mail():
    mail = read(
        RAW, Reading(topics=Lexicon(topics=(TopicWords(topic="Billing", subtopic="invoice", words=("rechnung",)),)))
    )
    assert mail.from_.address == "anna@customer.example"
    assert mail.from_defect == ""
    assert mail.language == "de"
    assert mail.signature == "-- \nAnna"
    assert mail.references == ("<e@desk.example>", "<d@desk.example>")
    assert mail.received_count == 1
    assert mail.authentication[0].methods[0].property("header.d") == "customer.example"
    assert mail.topics == ()  # "keine Rechnung" is a denial
    assert mail.defects == ()


def test_the_json_has_the_contracted_keys():
    portrait = as_json(read(RAW), "a.eml")
    assert set(KEYS.split()) <= set(portrait)
    assert portrait["date"] == "2026-11-19T09:12:11Z"
    assert portrait["from"] == {"name": "Anna Muster", "address": "anna@customer.example"}
    json.dumps(portrait)
    json.dumps(as_json(read(b""), "empty"))


def test_the_hash_is_blind_to_the_way():
    other = b"Received: x\r\nDKIM-Signature: y\r\nARC-Seal: z\r\n" + RAW.replace(b"\r\n", b"\n")
    assert read(other).content_hash == read(RAW).content_hash
    assert read(RAW.replace(b"nicht", b"doch ")).content_hash != read(RAW).content_hash
    assert read(RAW.replace(b"Subject: Drucker", b"Subject: Printer")).content_hash != read(RAW).content_hash


def test_it_can_be_sent_between_processes():
    mail = read(RAW)
    assert pickle.loads(pickle.dumps(mail)) == mail


def test_quoted_commands_are_not_in_the_reply():
    raw = RAW.replace(b"Der Drucker", b"> #close\r\nDer Drucker")
    assert "#close" not in read(raw).reply


def test_text_never_holds_nul_or_surrogates():
    mail = read(b"Subject: a\0b\xff\r\nFrom: \xff\0 <a@x.test>\r\n\r\nc\0d\xff\xfe")
    for text in (mail.subject, mail.text, mail.reply, mail.from_.name if mail.from_ else ""):
        assert "\0" not in text
        text.encode("utf-8")


def test_a_raw_8_bit_name_is_read_and_its_address_trusted():
    mail = read("From: Jörg <joerg@x.test>\r\n\r\nx".encode("latin-1"))
    assert mail.from_.address == "joerg@x.test"
    assert mail.from_defect == ""
    assert read("From: Jörg <joerg@x.test>\r\n\r\nx".encode()).from_.name == "Jörg"


@pytest.mark.parametrize(
    ("module", "name", "what"),
    [
        ("automail", "judge", "kind"),
        ("attachment", "attachments", "attachments"),
        ("calendar", "find", "calendar"),
        ("forward", "find", "new words"),
        ("bounce", "read", "bounce"),
    ],
)
def test_what_fails_costs_no_other_part(monkeypatch, module, name, what):
    def broken(*_given):
        raise KeyError("a mail that broke us")

    monkeypatch.setattr(f"parsing.{module}.{name}", broken)
    raw = (
        b"From: MAILER-DAEMON@x.example\nSubject: Undelivered\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        b"--b\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\nAction: failed\n"
        b"Final-Recipient: rfc822; a@x.example\n\n--b--\n"
    )
    mail = read(raw)
    assert mail.text == "It failed."
    assert mail.from_.address == "MAILER-DAEMON@x.example"
    assert f"the {what} cannot be read: KeyError" in mail.defects


def test_what_a_forward_is_about_counts():
    topics = Lexicon(topics=(TopicWords(topic="Data", subtopic="export", words=("export",)),))
    raw = (
        b"From: a@x.example\nSubject: Fwd: please\n\nCan you help her?\n\n---------- Forwarded message ---------\n"
        b"From: Olga <olga@x.example>\nDate: Mon, 23 Nov 2026 at 08:12\nSubject: please\nTo: <a@x.example>\n\n"
        b"The export stops.\n"
    )
    assert [match.topic for match in read(raw, Reading(topics=topics)).topics] == ["Data"]
