"""People whose address, subject or words are those of machines, and the machines beside them."""

import pytest

from parsing.machines import reasons, robots
from parsing.machines.vocabulary import Vocabulary
from parsing.message import Kind
from parsing.reading import read

JO = "Jo Park <jo@contoso.example>"


def mail(subject, body, *lines, sender=JO):
    head = [f"From: {sender}", "To: help@desk.example", f"Subject: {subject}", *lines]
    return read(("\r\n".join([*head, "Content-Type: text/plain; charset=utf-8"]) + f"\r\n\r\n{body}").encode())


@pytest.mark.parametrize("block", ["a(?:b|c\n    d)", "x  [-_.\n    ]?y", "(one  two)", "one)"])
def test_half_an_alternative_is_refused(block):
    with pytest.raises(ValueError, match="half an alternative"):
        robots.any_of(block)


def test_brackets_that_are_none():
    assert robots.any_of(r"a\(b  [(\]]c  [^)]d").search("]c")


@pytest.mark.parametrize(
    ("sender", "subject", "body"),
    [
        ("delivery@contoso.example", "Order 4711", "We have a problem with order 4711: it has not been delivered."),
        ("postmaster@contoso.example", "Invoice 12", "There is a problem with invoice 12, the upload failed."),
        ("System Administrator <it@contoso.example>", "Backup failed", "The backup failed last night, 450 files left."),
        ("MAILER-DAEMON <joe@contoso.example>", "Hello", "Hi"),
        ("postmaster@contoso.example", "Mail problem", "Our mail to a@b.example fails with 550 5.1.1. Can you help?"),
    ],
)
def test_a_role_alone_is_no_bounce(sender, subject, body):
    assert mail(subject, body, sender=sender).kind is Kind.HUMAN


def test_a_role_is_no_header_of_a_machine():
    told = "<zoe@ghost.example>\r\n550 5.1.1 User unknown"
    role = mail("Undeliverable: Printer", told, "In-Reply-To: <a@desk.example>", sender="postmaster@contoso.example")
    assert (role.kind, role.judged_by_words) == (Kind.BOUNCE, True)
    daemon = mail("Undeliverable: Printer", told, sender="MAILER-DAEMON@contoso.example")
    assert (daemon.kind, daemon.judged_by_words) == (Kind.BOUNCE, False)
    null = mail("Undeliverable: Printer", told, "Return-Path: <>", sender="postmaster@contoso.example")
    assert (null.kind, null.judged_by_words) == (Kind.BOUNCE, False)


def test_a_daemon_that_names_nobody():
    found = mail("Undelivered Mail Returned to Sender", "Hi", sender="MAILER-DAEMON@contoso.example")
    assert (found.kind, found.judged_by_words) == (Kind.BOUNCE, True)


def test_a_link_with_a_query_asks_nothing():
    told = "Your message to <zoe@ghost.example> was not delivered: https://mx.example/why?id=4\r\n550 5.1.1"
    assert mail("Undeliverable", told, sender="postmaster@contoso.example").kind is Kind.BOUNCE


def test_feedback_id_alone_says_nothing():
    found = mail("Printer", "It jams.", "Feedback-ID: 1234567:user:proton")
    assert (found.kind, found.auto_generated) == (Kind.HUMAN, False)
    post = mail("Re: Notes", "I agree.", "List-Post: <mailto:l@x.example>", "Feedback-ID: 1234567:user:proton")
    assert (post.kind, post.auto_generated) == (Kind.HUMAN, False)


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Auto: Unfallschaden melden", "Guten Tag, gestern hatte ich einen Unfall."),
        ("Auto", "Mein Auto springt nicht an."),
        ("Auto - Rückgabe", "Ich bin ab Montag im Urlaub und möchte das Auto davor zurückgeben."),
        ("Rückruf: Vertrag 4711", "Ich bitte um Rückruf unter 030 555 0100."),
        ("Rückruf: Preise", "Ich möchte die Nachricht von gestern zurückrufen, wie geht das"),
        ("Rappel : facture", "Je souhaite rappeler que la facture 12 est due."),
        ("Intrekken: bestelling", "Ik wil de bestelling intrekken."),
        ("Retirar: pedido 12", "Deseo retirar el pedido."),
        ("回收: 旧打印机", "请安排回收。"),
        ("Out of office", "Please set up the out of office message for Anna."),
        ("Abwesenheitsnotiz", "Bitte richten Sie für Anna eine Abwesenheitsnotiz ein."),
        ("Message d'absence", "Merci de configurer le message d'absence du bureau pour Anne."),
        ("Please confirm your email address?", "I got a mail that says click here to verify."),
        ("Sender verification broken", "Customers click the link to verify, and are refused."),
        ("Gelesen: Angebot", "Das Angebot wurde gelesen und angenommen."),
        ("Gelesen: Nachricht", "Die Nachricht wurde gelesen und weitergegeben."),
        ("Mail delivery failed", "550 5.1.1 <a@b.example>: user unknown. Please fix it."),
    ],
)
def test_persons(subject, body):
    assert mail(subject, body).kind is Kind.HUMAN


@pytest.mark.parametrize(
    ("subject", "body", "kind"),
    [
        (
            "AUTO: Jo Park is out of the office (returning 03/04)",
            "I am out of the office until 03/04.",
            "out_of_office",
        ),
        ("Auto: Printer", "This is an automatic reply.", "auto_reply"),
        ("Rückruf: Preise", 'Jo Park möchte die Nachricht "Preise" zurückrufen.', "auto_reply"),
        ("Intrekken: Prijzen", 'Jo Park wil het bericht "Prijzen" intrekken.', "auto_reply"),
        ("On maternity leave until June", "I am on maternity leave until June.", "out_of_office"),
        ("Out of office", "I am out of the office until Monday. Please add ann@contoso.example.", "out_of_office"),
        ("Gelesen: Angebot", "Ihre Nachricht\n\n An: Jo\n\nwurde am Montag, 4. März 2025 10:00 gelesen.", "receipt"),
        ("Please confirm your message", "I apologize for this reply. Click the link to be approved.", "challenge"),
    ],
)
def test_machines(subject, body, kind):
    assert mail(subject, body).kind.value == kind


def test_the_message_class_of_a_recall():
    assert mail("Prices", "x", "X-Message-Class: IPM.Outlook.Recall").kind is Kind.AUTO_REPLY


def test_this_is_being_sent_automatically():
    assert robots.says_automatic("this email is being sent automatically")
    assert robots.NO_REPLY.search("no reply@shop.example")


@pytest.mark.parametrize(
    ("told", "code", "reason"),
    [
        ("451 4.3.2 Mailbox busy, please retry", "4.3.2", "temporary"),
        ("550 mailbox policy violation", "5.0.0", "policy"),
        ("550 mailbox zoe doesn't exist", "5.0.0", "mailbox unknown"),
        ("553 5.1.8 Domain of sender address jo@x.example does not exist", "5.1.8", "policy"),
        ("553 Domain of sender address jo@x.example does not exist", "5.0.0", "policy"),
        ("550 5.1.7 address unknown", "5.1.7", "policy"),
        ("550 5.1.2 domain not found", "5.1.2", "host unknown"),
    ],
)
def test_reasons(told, code, reason):
    assert reasons.reason(reasons.words(told), code) == reason


@pytest.mark.parametrize(
    "block",
    ["ab?c  x(?:y|z)w", r"colou?rs  \bno\b", "one|two  three", "a{2}bcd  [xy]zzz", "né.{0,4}到着  (?:in|out) box"],
)
def test_a_vocabulary_finds_what_the_pattern_finds(block):
    pattern, words = robots.any_of(block), Vocabulary(block)
    texts = ["ac", "abc", "xyw", "xw", "colors", "colours", "colo", "no", "nor", "two", "aabcd", "abcd", "yzzz", "zzz",
             "né 到着", "né到", "in box", "box", "three", ""]  # fmt: skip
    assert [words.search(text) for text in texts] == [pattern.search(text) is not None for text in texts]
