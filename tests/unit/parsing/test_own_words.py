"""What looks old and is new: words that a careful person would never take for a quotation or a signature.

Each of these mails lost words once. Losing new words is worse than keeping old ones, so a client's header block, its
attribution, a signature or a disclaimer has to be more than words that a form, a log or a letter has too.
"""

import pytest

from parsing.reading import read
from parsing.reply import split

MAILS = {
    "log": (
        ("Hello,\nthe server prints this since this morning:\n\n2026-10-05 10:11:02 ERROR smtp: connect to "
        "mx.kunde.example <postmaster@kunde.example>:\n2026-10-05 10:11:03 WARN retry in 300s\nFrom: scheduler "
        "To: queue Subject: retry\n2026-10-05 10:16:03 ERROR giving up\n\nWhat can we do?\nAnna"),
        "retry in 300s",
    ),
    "pasted headers": (
        ("Hi support,\n\nthe mail that does not arrive has these headers:\n\nReturn-Path: <anna@kunde.example>\n"
        "Received: from mail.kunde.example by mx.desk.example; Mon, 5 Oct 2026 10:00:01 +0200\nFrom: Anna "
        "<anna@kunde.example>\nTo: bob@partner.example\nDate: Mon, 5 Oct 2026 10:00:00 +0200\nSubject: Invoice "
        "12\nMessage-ID: <1@kunde.example>\n\nCan you see why it bounces?\nAnna"),
        "Can you see why it bounces",
    ),
    "pasted headers indented": (
        ("Hi support,\n\nplease look at this header:\n\n    From: Anna <anna@kunde.example>\n    To: "
        "bob@partner.example\n    Date: Mon, 5 Oct 2026 10:00:00 +0200\n    Subject: Invoice 12\n\nIt never "
        "arrived. Why?"),
        "It never arrived. Why?",
    ),
    "sql": (
        ("The query is slow:\n\nSELECT *\nFROM orders\nWHERE status = 'open' -- only the open ones\nORDER BY "
        "date;\n--\n-- Table: orders\n--\nCREATE INDEX x ON orders(status);\n\nShould I add the index?"),
        "Should I add the index?",
    ),
    "sql dump": (
        ("Import fails with the attached dump, it begins so:\n\n-- MySQL dump 10.13\n--\n-- Host: localhost    "
        "Database: shop\n-- ------------------------------------------------------\nDROP TABLE IF EXISTS `a`;\n\n"
        "Error 1064. Please advise."),
        "Error 1064",
    ),
    "config": (
        ("Our config:\n\n[mail]\nFrom: desk@kunde.example\nTo: team@kunde.example\nSubject: Alert\nDate: now\n\n"
        "and it says the sender is rejected. Which setting is wrong?"),
        "Which setting is wrong?",
    ),
    "cli options": (
        "I run\n\ndesk --verbose --config /etc/desk.toml \\\n  --to anna@kunde.example\n--\nand nothing happens.",
        "and nothing happens",
    ),
    "running text on 5 oct": (
        ("Hello,\n\nOn Monday, 5 October 2026 your colleague wrote:\n\"We will replace it within 3 days.\"\nIt is "
        "Friday now. Where is it?\n\nAnna"),
        "It is Friday now",
    ),
    "running text de": (
        ("Guten Tag,\n\nam 05.10.2026 um 10:11 schrieb Ihr Kollege:\ndas Gerät werde binnen drei Tagen ersetzt.\n"
        "Heute ist Freitag. Wo bleibt es?\n\nAnna Muster"),
        "Heute ist Freitag",
    ),
    "form": (
        ("Name: Anna Muster\nDate: 5.10.2026\nSubject: Printer broken\nFrom: Kassel\nTo: Berlin\n\nMessage: The "
        "printer that was moved is broken."),
        "Name: Anna Muster",
    ),
    "form below words": (
        ("Please register this visit:\n\nName: Anna Muster\nDate: 5.10.2026\nFrom: 10:00\nTo: 12:00\nSubject: "
        "maintenance\nRoom: 12\n\nThanks!"),
        "From: 10:00",
    ),
    "travel": (
        ("Hello, I would like to change my booking:\n\nFrom: Kassel\nTo: Berlin\nDate: 5 October 2026\n"
        "Passengers: 2\n\nto the 6th, please."),
        "Passengers: 2",
    ),
    "travel2": (
        ("Hello, I would like to change my booking:\n\nDate: 5 October 2026\nFrom: Kassel\nTo: Berlin\nSubject: "
        "seat reservation\nPassengers: 2\n\nto the 6th, please."),
        "Passengers: 2",
    ),
    "web form": (
        ("New message from the contact form\n\nFrom: Anna Muster <anna@kunde.example>\nSubject: Printer\nDate: "
        "2026-10-05\nPhone: +49 561 5550 140\n\nMessage:\nMy printer is broken, please help."),
        "My printer is broken",
    ),
    "fr formula": (
        ("Bonjour,\n\nla facture est fausse.\n\nCordialement\nAnne Dupont\n\nMerci de me rappeler au 01 23 45 67 "
        "89 avant midi."),
        "avant midi",
    ),
    "fr formula 2": (
        "Bonjour,\n\nla facture est fausse.\n\nCordialement,\nAnne\n\nLe numéro de la facture est 4711",
        "4711",
    ),
    "es formula": (
        "Hola,\n\nla factura está mal.\n\nSaludos\nAna\n\nEl número es 4711 y la fecha 5/10/2026.",
        "4711",
    ),
    "new address end2": (
        "Hello, our new contact is\n\nAnna Muster\n+49 561 5550 140\nanna@muster.example",
        "anna@muster.example",
    ),
    "new address end3": (
        ("Unsere neue Adresse lautet wie folgt:\n\nMuster GmbH\n+49 561 5550 140\ninfo@muster.example\n"
        "www.muster.example"),
        "info@muster.example",
    ),
    "three addresses end": (
        ("Please create accounts for these three:\n\nAnna Muster\nanna@kunde.example\nbob@kunde.example\n"
        "carla@kunde.example"),
        "carla@kunde.example",
    ),
    "sig question": (
        "It works.\n\n-- \nAnna Muster\nMuster GmbH\n\nOh, and can you also reset my password?",
        "reset my password",
    ),
    "dashes then content": (
        ("Hello,\n\nfirst the facts:\n--\nprinter P12 is on floor 3, the driver is 4.2, it stopped on Monday.\n"
        "The error is E17.\n--\nCan you send someone?"),
        "E17",
    ),
    "dash separated sections": (
        "Problem 1\nThe login fails.\n--\nProblem 2\nThe invoice is wrong.\n--\nProblem 3\nThe phone is dead.",
        "The phone is dead",
    ),
    "emdash": (
        "I have two questions\n—\nIs it free?\n—\nIs it fast?",
        "Is it fast?",
    ),
    "answers below formula contact": (
        "Hi,\nyes.\n\nKind regards,\nAnna\n\nTel: 0561 5550 140 (please call me today)",
        "please call me today",
    ),
    "yaml": (
        "---\nfrom: desk\nto: anna\ndate: 2026-10-05\nsubject: hello\n---\n\nThis file is refused. Why?",
        "This file is refused",
    ),
    "legal complaint end": (
        ("Hello,\n\nI received this parcel in error, it is intended for somebody else, and the content is "
        "confidential. Shall I delete or return it? Your driver did not tell the sender."),
        "Shall I delete or return it",
    ),
    "sent via mail": (
        "Where is my parcel?\n\nSent by mail on 5 October",
        "Sent by mail on 5 October",
    ),
    "get outlook": (
        "What must I do?\nGet Outlook for iOS is what the page says.",
        "Get Outlook for iOS is what",
    ),
    "von meinem telefon": (
        "Von meinem Telefon kann ich nicht mehr anrufen.\nVon meinem iPad geht es",
        "Von meinem iPad geht es",
    ),
    "above line text": (
        "PLEASE WRITE THE NAME ABOVE THE LINE ON THE LABEL\nand send it back",
        "and send it back",
    ),
    "screaming": (
        "PLEASE REPLY. I WROTE ABOVE IN CAPITALS HERE BECAUSE NOBODY READS.\nTHE PRINTER IS DEAD.",
        "PRINTER IS DEAD",
    ),
    "markdown": (
        ("Summary\n=======\n\nIt fails.\n\nDetails\n-------\n\nFrom: the start\nDate: always\n\nSteps\n*****\n1. "
        "open"),
        "It fails",
    ),
    "markdown hr": (
        "It fails.\n\n***\n\nDate: Monday\nFrom: the second floor\nMore: the lights go off",
        "the lights go off",
    ),
    "invoice": (
        ("Rechnung\n_______________________________\nDatum: 5.10.2026\nVon: Muster GmbH\nAn: Desk AG\nBetreff: "
        "Wartung\n_______________________________\nBitte prüfen Sie den Betrag, er ist falsch."),
        "er ist falsch",
    ),
    "es form": (
        ("Buenos días, adjunto los datos del envío:\n\nDe: Almacén Madrid\nPara: Tienda Sevilla\nFecha: "
        "5/10/2026\nAsunto: reposición\n\nEl paquete no llegó. ¿Dónde está?"),
        "El paquete no llegó",
    ),
    "fr form": (
        ("Bonjour, voici le trajet:\n\nDe : Paris\nÀ : Lyon\nDate : 5 octobre 2026\nObjet : visite client\n\nJe "
        "voudrais un remboursement."),
        "un remboursement",
    ),
    "to whom": (
        ("To: the manager of your shop\nFrom: an unhappy customer\nRe: my broken printer\nDate: today\n\nI want "
        "my money back."),
        "I want my money back",
    ),
    "letter": (
        ("Muster GmbH\nHafenstraße 12\n34125 Kassel\n\nAn: Desk AG\nDatum: 5.10.2026\nVon: Anna Muster\nBetreff: "
        "Kündigung\n\nHiermit kündigen wir den Vertrag.\n\nMit freundlichen Grüßen\nAnna Muster"),
        "Hiermit kündigen wir",
    ),
    "letter2": (
        ("Von: Anna Muster, Kassel\nAn: Desk AG\nDatum: 5.10.2026\nBetreff: Kündigung\n\nHiermit kündigen wir den "
        "Vertrag."),
        "Hiermit kündigen wir",
    ),
    "ips": (
        "These hosts are down:\n\nServer Nord\n192.0.2.1\n192.0.2.2\n192.0.2.3",
        "Server Nord",
    ),
    "serials": (
        "Please register:\n\nDrucker\n2026-10-0512345\n4711-0815-001",
        "4711-0815-001",
    ),
    "links": (
        "Broken pages:\n\nShop\nhttps://shop.kunde.example/a\nhttps://shop.kunde.example/b",
        "Shop",
    ),
    "web form clock": (
        ("New message from the contact form\n\nFrom: Anna Muster <anna@kunde.example>\nDate: 2026-10-05 10:11\n"
        "Subject: Printer\n\nMessage:\nMy printer is broken, please help."),
        "My printer is broken",
    ),
    "web form clock only": (
        ("From: Anna Muster <anna@kunde.example>\nDate: 2026-10-05 10:11\nSubject: Printer\n\nMy printer is "
        "broken, please help."),
        "My printer is broken",
    ),
    "web form de": (
        ("Über das Kontaktformular wurde folgende Nachricht gesendet:\n\nVon: Anna Muster\nE-Mail: "
        "anna@kunde.example\nDatum: 05.10.2026 10:11\nBetreff: Drucker\nNachricht: Der Drucker ist kaputt."),
        "Der Drucker ist kaputt",
    ),
    "meeting": (
        ("Please move the meeting.\n\nSubject: Review\nDate: 5 October 2026, 10:00\nFrom: 10:00\nTo: 11:00\n"
        "Where: Room 3\n\nNew time: 14:00"),
        "New time: 14:00",
    ),
    "delivery slot": (
        ("The driver did not come.\n\nDate: 5 October 2026 between 10:00 and 12:00\nFrom: Depot Kassel\nTo: "
        "Hafenstraße 12\nSubject: order 4711\n\nWhen will he come?"),
        "When will he come?",
    ),
    "phone call record": (
        ("I called you twice:\n\nDate: 5.10.2026 10:11\nFrom: +49 561 5550 140\nTo: your hotline\n\nand nobody "
        "answered."),
        "nobody answered",
    ),
    "ticket system paste": (
        ("Your system shows this:\n\nTicket: DESK-12\nFrom: Anna\nSent: never\nTo: nobody\nSubject: test\n\nIs "
        "that normal?"),
        "Is that normal?",
    ),
    "smtp session": (
        ("I tested by hand:\n\n220 mx.desk.example ESMTP\nMAIL FROM:<anna@kunde.example>\n250 ok\nRCPT "
        "TO:<support@desk.example>\n550 no such user\nDATA\nFrom: anna@kunde.example\nTo: support@desk.example\n"
        "Subject: test\n\ntest\n.\nWhy 550?"),
        "Why 550?",
    ),
    "spf log": (
        ("Received-SPF: fail\nFrom: anna@kunde.example\nTo: bob@partner.example\nDate: Mon, 5 Oct 2026 10:00:00 "
        "+0200\nSubject: x\n\nis what they sent me. Please fix SPF."),
        "Please fix SPF",
    ),
    "syslog 2": (
        ("Please see:\n\n2026-10-05T10:11:02+02:00 mx imap: Login: user=<anna@kunde.example>:\n"
        "2026-10-05T10:11:03+02:00 mx imap: Disconnected\n\nWhy?"),
        "Disconnected",
    ),
    "book quote": (
        ("The manual says on page 3:\n\n\"On Monday, 5 October 2026, the vendor wrote:\nrestart the device.\"\n\n"
        "I did. Nothing."),
        "I did. Nothing",
    ),
    "user list with mails": (
        ("Bitte löschen Sie:\n\nAnna Muster <anna@kunde.example>:\ngekündigt am 05.10.2026 10:11\nBob Meyer "
        "<bob@kunde.example>:\nin Rente seit 06.10.2026 11:00\n\nDanke"),
        "gekündigt",
    ),
    "fr raconter": (
        ("Bonjour,\n\nLe 5 octobre 2026 à 10h11, votre collègue m'a écrit :\nle colis est parti.\nIl n'est pas "
        "là.\n\nAnne"),
        "Il n'est pas là",
    ),
    "es contar": (
        ("Hola,\n\nEl 5 de octubre de 2026 a las 10:11 su compañero escribió:\nya está enviado.\nNo ha llegado.\n"
        "\nAna"),
        "No ha llegado",
    ),
    "de er schrieb": (
        ("Hallo,\n\nAm 05.10.2026 um 10:11 Uhr schrieb mir Herr Meyer:\nwird erledigt.\nNichts ist erledigt!\n\n"
        "Anna"),
        "Nichts ist erledigt",
    ),
    "only formula words": (
        "Please print on the card:\n\nBest wishes\nYour Kassel team",
        "Your Kassel team",
    ),
    "card text": (
        "Der Text auf der Karte soll lauten:\n\nHerzliche Grüße\nOma und Opa",
        "Oma und Opa",
    ),
    "long dash para": (
        "Hello\n--\nI am writing because the printer P12 stopped and I do not know why. It is on floor 3.",
        "the printer P12 stopped",
    ),
    "unsub": (
        ("Please unsubscribe me.\n\nYou are receiving this because you are subscribed - says your newsletter, but "
        "I never did."),
        "never did",
    ),
    "disclaimer:": (
        "Hello\n\nDisclaimer: I am no expert.\nBut the fuse is blown, I think. Shall I replace it?",
        "Shall I replace",
    ),
    "legal notice topic": (
        "We need an answer by Friday.\n\nLegal notice 17/2026 was sent to us on Monday. Do we have to pay?",
        "Do we have to pay",
    ),
    "hent": (
        "Hent Outlook virker ikke\nhvad gør jeg?",
        "hvad gør jeg",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MAILS)
def test_the_words_are_new(name):
    text, last = MAILS[name]
    assert last in split(text).reply


@pytest.mark.parametrize(
    "words",
    [
        (
            "Hello,\n\nI received this email in error. It contains confidential information of another customer. "
            "Please delete my address."
        ),
        "Hello\n—\nThe machine is on fire. Call us.",
        "Hi\n\ncheers\nsend me two of them please",
        "Hallo\n\nMfG\nMax Muster\nKundennummer 471123",
        "Bonjour,\n\nDisclaimer: je ne suis pas informaticien. Mon écran est noir, que faire ?",
        "Hi,\n\nscanned by our copier, page 3 is black. Why?",
    ],
)
def test_nobody_writes_only_to_greet(words):
    found = split(words)
    assert "".join(found.reply.split()) == "".join(words.split())


def test_a_form_that_was_filled_in_above_our_mail_is_new():
    ours = (
        "Thank you for your message about the slow search.\n"
        "Please tell us how many users are affected and since when it has been so slow."
    )
    filled = "Hi,\nAffected users: 12\nSteps to reproduce: open it\nStarted at: 2026-10-05 9:30"
    quoted = "\n".join(f"> {line}" for line in ours.split("\n"))
    assert split(f"{filled}\n\n{quoted}", (ours,)).reply == filled


def test_figures_and_menus_of_a_first_mail_are_its_own():
    assert split("we see this with\n> 500 users", is_answer=False).reply == "we see this with\n> 500 users"
    assert split("we see this with\n> 500 users").reply == "we see this with"


def test_an_address_before_a_list_is_no_author():
    raw = b"From: a@x.example\nSubject: Fwd: order\n\nplease ship order 12345 to bob@y.example:\n- 3 pens\n"
    assert read(raw).forwarded is None


def test_the_author_of_what_was_quoted_is_not_the_author_of_the_forward():
    raw = (
        b"From: a@x.example\nSubject: Fwd: x\n\nOn Mon, 5 Oct 2026 10:00, Tom Roe wrote:\n"
        b"> On Sun, 4 Oct 2026 9:00, Ceki <ceki@x.example> wrote:\n> > hi\n"
    )
    found = read(raw).forwarded
    assert found is None or found.from_ is None
