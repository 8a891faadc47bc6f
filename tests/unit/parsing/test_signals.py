"""What a mail betrays: marks of filters, proofs of address, keys of others, names that lie, words said again."""

import time

import pytest

from parsing import limits
from parsing.foreign import foreign
from parsing.message import SpamMark
from parsing.portrait import as_json
from parsing.reading import read
from parsing.words.fingerprint import fingerprint, outline

LANGUAGES = {
    "en": ("Your verification code", "Use 482913 to sign in."),
    "en link": ("Welcome", "Please confirm your email address: https://x.test/c/1"),
    "en reset": ("Reset your Example password", "Click here: https://x.test/r"),
    "en slack": ("Slack confirmation code: UXT-4DK", "Enter the code."),
    "en otp": ("483921 is your Example code", "It expires soon."),
    "de": ("Ihr Bestätigungscode", "Der Code ist 482913."),
    "de link": ("Willkommen", "Bestätigen Sie bitte Ihre E-Mail-Adresse: https://x.test/c"),
    "de reset": ("Passwort zurücksetzen", "https://x.test/r"),
    "fr": ("Votre code de vérification", "482913"),
    "fr link": ("Bienvenue", "Confirmez votre adresse e-mail : https://x.test/c"),
    "es": ("Su código de verificación", "482913"),
    "es link": ("Bienvenido", "Confirma tu correo: https://x.test/c"),
    "it": ("Il tuo codice di verifica", "482913"),
    "it link": ("Benvenuto", "Conferma il tuo indirizzo: https://x.test/c"),
    "nl": ("Je verificatiecode", "482913"),
    "nl link": ("Welkom", "Bevestig je e-mailadres: https://x.test/c"),
    "pt": ("O seu código de verificação", "482913"),
    "pt link": ("Bem-vindo", "Confirme o seu endereço: https://x.test/c"),
}


def mail(*lines, body="hello", sender="anna@corp.test", subject="s", **how):
    head = "\r\n".join([f"From: {sender}", f"Subject: {subject}", *lines])
    return read(f"{head}\r\n\r\n{body}\r\n".encode(), **how)


@pytest.mark.parametrize(
    ("line", "is_spam"),
    [
        ("X-Spam-Flag: YES", True),
        ("X-Spam-Flag: NO", False),
        ("X-Spam-Status: Yes, score=12.1 required=5.0 tests=BAYES_99", True),
        ("X-Spam-Status: No, score=-0.1 required=5.0", False),
        ("X-Spam: Yes", True),
        ("X-Spam-Level: *****", True),
        ("X-Spam-Level: ***", False),
        ("X-Rspamd-Action: add header", True),
        ("X-Rspamd-Action: reject", True),
        ("X-Rspamd-Action: greylist", False),
        ("X-Rspamd-Action: no action", False),
        ("X-Spamd-Result: default: True [15.20 / 15.00]; A(1.00)[]", True),
        ("X-Spamd-Result: default: False [0.20 / 15.00]", False),
        ("X-MS-Exchange-Organization-SCL: 6", True),
        ("X-MS-Exchange-Organization-SCL: -1", False),
        ("X-Forefront-Antispam-Report: CIP:1.2.3.4;CTRY:;LANG:en;SCL:5;SFV:SPM;CAT:SPM;DIR:INB", True),
        ("X-Forefront-Antispam-Report: CIP:1.2.3.4;SCL:1;SFV:NSPM;CAT:HPHISH", True),
        ("X-Forefront-Antispam-Report: CIP:1.2.3.4;SCL:1;SFV:NSPM;CAT:NONE", False),
        ("X-Barracuda-Spam-Flag: YES", True),
        ("X-Proofpoint-Spam-Details: rule=spam policy=default score=100", True),
        ("X-Proofpoint-Spam-Details: rule=tag_notspam policy=tag score=1", False),
        ("X-CMAE-Score: 100", True),
        ("X-CMAE-Score: 0", False),
        ("X-Bogosity: Spam, tests=bogofilter", True),
        ("X-Bogosity: Ham, tests=bogofilter", False),
        ("X-DSPAM-Result: Innocent", False),
        ("X-GMX-Antispam: 0 (Mail was not recognized as spam)", False),
        ("X-GMX-Antispam: 5 (nemesis text profile)", True),
    ],
)
def test_a_filter_s_verdict(line, is_spam):
    (mark,) = mail(line).spam
    assert (mark.header, mark.is_spam) == (line.partition(":")[0].lower(), is_spam)
    assert mark.words


@pytest.mark.parametrize(
    "line",
    [
        "X-Spam-Flag: perhaps",
        "X-Spam-Status:",
        "X-MS-Exchange-Organization-SCL: ½",
        "X-Spamd-Result: default",
        "X-Proofpoint-Spam-Details: score=1",
        "X-Spam-Level:",
        "X-Spam-Score: 12",
        "X-Rspamd-Action: \u00b2",
    ],
)
def test_what_is_no_verdict_is_no_mark(line):
    assert mail(line).spam == ()


def test_only_the_topmost_of_each_counts_and_a_no_cancels_no_yes():
    found = mail("X-Spam-Flag: YES", "X-Spam-Level: **", "X-Spam-Flag: NO", "X-Rspamd-Action: no action").spam
    assert found == (
        SpamMark(header="x-spam-flag", is_spam=True, words="YES"),
        SpamMark(header="x-rspamd-action", is_spam=False, words="no action"),
    )
    assert as_json(mail("X-Spam-Flag: YES"), "f")["spam"] == [
        {"header": "x-spam-flag", "is_spam": True, "words": "YES"}
    ]


def test_marks_are_clean_and_short():
    (mark,) = mail("X-Spam-Status: Yes, \x00\u202e" + "x" * 50_000).spam
    assert len(mark.words) <= 100
    assert mark.words.isprintable()


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_proof_of_address(name):
    subject, body = LANGUAGES[name]
    found = mail(sender="Example <no-reply@service.test>", subject=subject, body=body)
    assert found.is_verification
    assert "written by a machine" in found.verification
    assert as_json(found, "f")["verification"] == found.verification


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_person_who_says_the_same_is_a_person(name):
    subject, body = LANGUAGES[name]
    assert not mail(subject=subject, body=body).is_verification
    assert not mail(
        "In-Reply-To: <a@desk.test>", sender="no-reply@service.test", subject=subject, body=body
    ).is_verification


@pytest.mark.parametrize(
    ("sender", "subject", "body", "is_one"),
    [
        ("verify@service.test", "Confirm your email address", "https://x.test/c", True),
        ("app-login@service.test", "Your login code", "482913", True),
        ("verify@service.test", "Hello", "Confirm your email address: https://x.test/c", False),
        ("verify@service.test", "Where is the verification code?", "482913", False),
        ("verify@service.test", "Reset your password link does not work", "https://x.test", False),
        ("feedback@service.test", "Slack confirmation code: UXT-4DK", "Enter it.", True),
        ("security@service.test", "Your login code is 482913", "Enter it.", True),
        ("accounts@northwind.test", "Please confirm your address", "Invoice 482913, https://northwind.test", False),
        ("team@northwind.test", "Verify your account data", "See https://northwind.test and 482913", False),
        ("anna@northwind.test", "Your verification code is 482913", "https://x.test", False),
    ],
)
def test_an_address_that_people_write_from_too(sender, subject, body, is_one):
    assert mail(sender=sender, subject=subject, body=body).is_verification is is_one


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Backup report", "Verification of backup 482913 done https://x.test"),
        ("Your order 482913", "It was sent. https://x.test"),
        ("Your verification code", "See the other mail."),
        ("Your newsletter", "Discount code SUMMER https://x.test"),
    ],
)
def test_what_else_machines_write(subject, body):
    assert not mail(sender="no-reply@service.test", subject=subject, body=body).is_verification


@pytest.mark.parametrize(
    ("subject", "keys"),
    [
        ("SYS-123 Printer", ("SYS-123",)),
        ("Re: [JIRA] (SYS-123) Printer", ("SYS-123",)),
        ("[~SYS-7]", ("SYS-7",)),
        ("WG: AW: SYS-9: x", ("SYS-9",)),
        ("Your INC0012345 has been opened", ("INC0012345",)),
        ("RITM0099887: laptop", ("RITM0099887",)),
        ("AW: [#117904] Ticket received", ("#117904",)),
        ("[rt.example.org #12] x", ("RT.EXAMPLE.ORG#12",)),
        ("[Ticket#2026112310000015] x", ("TICKET#2026112310000015",)),
        ("Case 00012345: help", ("CASE#00012345",)),
        ("Vorgang Nr. 998877", ("VORGANG#998877",)),
        ("Demande n° 123456 : x", ("DEMANDE#123456",)),
        ("x [ ref:_00D5gkx._5004abc:ref ]", ("ref:00D5gkx._5004abc",)),
        ("[DESK-1042] x", ("DESK-1042",)),
        ("(SYS-1) (SYS-1) (SYS-2)", ("SYS-1", "SYS-2")),
    ],
)
def test_keys_of_other_systems(subject, keys):
    assert foreign(subject) == keys
    assert mail(subject=subject).foreign_references == keys


@pytest.mark.parametrize(
    "subject",
    [
        "COVID-19 rules",
        "UTF-8 is broken",
        "ISO-8859-1",
        "RFC-5322",
        "CVE-2026-47123 fixed",
        "XPS-13 dead",
        "v1.2.3-4",
        "2026-11-23 meeting",
        "23-11-2026",
        "Ticket 2026",
        "Case 20261123",
        "Invoice 12345",
        "PO-4711",
        "SYS-123-4 x",
        "SYS-1.2",
        "the printer HP-4500 jams",
        "Release SYS-2026",
        "sys-123",
        "A-4 paper",
        "Order #1",
        "(COVID-19)",
        "",
        "١٢٣",
        "[#]",
        "phone 030-1234567",
    ],
)
def test_what_only_looks_like_a_key(subject):
    assert foreign(subject) == ()


def test_keys_are_few_and_quickly_found():
    assert len(foreign(" ".join(f"(AB{n}-1)" for n in range(500)))) == 10
    for subject in (
        "A1-1 " * 20_000,
        "[" * 100_000 + "1",
        "ticket" * 20_000 + "1",
        "[a#1" * 30_000,
        "Re: " * 9 + "B-1 " * 999,
    ):
        began = time.process_time()
        foreign(subject)
        assert time.process_time() - began < 0.05


CYRILLIC = "\u0430\u0435\u043e\u0440\u0441"


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        (
            '"agent@corp.test" <evil@x.test>',
            "shows another address (agent@corp.test) than the mail comes from (evil@x.test)",
        ),
        ("=?utf-8?q?agent=EF=BC=A0corp.test?= <evil@x.test>", "shows another address (agent@corp.test)"),
        ("=?utf-8?b?4oCuQW5uYQ==?= <anna@x.test>", "cannot be seen or turn the writing round"),
        ("An\u200bna <anna@x.test>", "cannot be seen"),
        ("Ann\u0430 <anna@x.test>", "mixes letters of several alphabets in one word"),
        ("agent@c\u043erp.test", "xn--crp-sed.test, mixes letters of several alphabets"),
        ("agent@xn--crp-sed.test", "xn--crp-sed.test, mixes letters of several alphabets"),
        (f"agent@{CYRILLIC}.test", "xn--80ak6aa.test, looks like aeopc.test and is another one"),
    ],
)
def test_names_that_lie(sender, words):
    if CYRILLIC in sender:
        words = words.replace("xn--80ak6aa", f"xn--{CYRILLIC.encode('punycode').decode()}")
    found = mail(sender=sender)
    assert any(words in caution for caution in found.cautions), found.cautions
    assert all(caution.isascii() for caution in found.cautions)


@pytest.mark.parametrize(
    "sender",
    [
        "Anna <anna@corp.test>",
        '"Anna@Corp.test" <anna@corp.test>',
        "J\u00fcrgen M\u00fcller <jm@xn--mller-kva.test>",
        "\u0418\u0432\u0430\u043d <ivan@xn--e1afmkfd.xn--p1ai>",
        "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627 <ali@x.test>",
        "\u200f\u05d0\u05d1\u05d2\u200f <a@x.test>",
        "\u5c71\u7530 Taro <t@xn--wgv71a119e.test>",
        "Anna \U0001f469\u200d\U0001f4bb <anna@x.test>",
        "=?utf-8?b?77u/QW5uYQ==?= <anna@x.test>",
        "anna@xn--ls8h.test",
        "anna@xn--\x7f.test",
        "anna@xn--99999999999.test",
    ],
)
def test_names_that_do_not(sender):
    assert mail(sender=sender).cautions == ()


def test_a_domain_is_shown_as_dns_has_it():
    found = mail("To: <b@m\u00fcller.test>", "Cc: C <c@fa\u00df.test>", sender="agent@c\u043erp.test")
    assert found.from_.address == "agent@xn--crp-sed.test"
    assert found.from_defect == "From has a domain that is not ASCII"
    assert found.to[0].address == "b@xn--mller-kva.test"
    assert found.cc[0].address == "c@xn--fa-hia.test", "IDNA 2003 would write to fass.test, which is another's"


def test_words_said_again():
    said = "We have got your mail [DESK-1042].\nThank you for it."
    assert fingerprint(said) == fingerprint("> WE have got\n> your mail [SYS-99]. Thank\u200b you *for* it.")
    assert fingerprint(said) != fingerprint(said + " Bye")
    assert fingerprint("") == fingerprint("> \n> ") == outline("12:30") == ""
    assert outline("Sent 23.11.2026 as #4711, good bye") == outline("Sent 24.11.2026 as #4712, good bye")
    assert fingerprint("Sent 4711") != fingerprint("Sent 4712")
    assert outline("\u7b2c12\u53f7") == outline("\u7b2c13\u53f7") != outline("\u7b2c12\u5e74")
    assert len(fingerprint("x")) == len(outline("x")) == 32


def test_prints_are_quickly_made():
    for words in (
        "[" * 200_000,
        "[1" * 100_000,
        "[" + "a" * 200_000,
        "\u6f221" * 100_000,
        "\ud800" * 9_000,
        "\x00 " * 9_000,
    ):
        began = time.process_time()
        assert fingerprint(words)
        outline(words)
        assert time.process_time() - began < 0.05
    long = "word " * limits.FINGERPRINTED
    assert fingerprint(long) == fingerprint(long + "more")
