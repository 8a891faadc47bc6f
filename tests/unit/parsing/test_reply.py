"""New words, quotations and signatures (intake 40, 45, 59, 60; reliability 13)."""

import time
from collections import Counter

import pytest

from parsing.reply import split

ATTRIBUTIONS = [
    "On Mon, 5 Oct 2026 at 10:11, Support <support@desk.example> wrote:",
    "On Mon, 5 Oct 2026 at 10:11, Support\n<support@desk.example> wrote:",
    "On 2026-10-05 10:11, Support wrote:",
    "Am 05.10.2026 um 10:11 schrieb Support:",
    "Am Mo., 5. Okt. 2026 um 10:11 Uhr schrieb Support <support@desk.example>:",
    "Support <support@desk.example> schrieb am Mo. 5. Okt. 2026 um 10:11:",
    "Le lun. 5 oct. 2026 à 10:11, Support <support@desk.example> a écrit :",
    "Le 5 oct. 2026 à 10:11, Support\n<support@desk.example> a\nécrit :",
    "El lun, 5 oct 2026 a las 10:11, Support (<support@desk.example>) escribió:",
    "Il giorno lun 5 ott 2026 alle ore 10:11 Support <support@desk.example> ha scritto:",
    "Op ma 5 okt. 2026 om 10:11 schreef Support <support@desk.example>:",
    "Em seg., 5 de out. de 2026 às 10:11, Support <support@desk.example> escreveu:",
    "Den mån 5 okt. 2026 kl 10:11 skrev Support <support@desk.example>:",
    "W dniu 5.10.2026 o 10:11, Support pisze:",
    "pon., 5 paź 2026 o 10:11 Support <support@desk.example> napisał(a):",
    "5 октября 2026 г., 10:11, Support <support@desk.example> написал:",
    "2026-10-05 10:11 GMT+02:00 Support <support@desk.example>:",
    "2026年10月5日(月) 10:11 Support <support@desk.example>のメール:",
    "-----Original Message-----\nFrom: Support\nSent: Monday\nTo: Anna\nSubject: Re: it",
    "-----Ursprüngliche Nachricht-----\nVon: Support",
    "________________________________\nFrom: Support <support@desk.example>\nSent: Monday\nTo: Anna\nSubject: Re: it",
    "Von: Support <support@desk.example>\nGesendet: Montag, 5. Oktober 2026 10:11\nAn: Anna\nBetreff: AW: it",
    "De : Support <support@desk.example>\nEnvoyé : lundi 5 octobre 2026 10:11\nÀ : Anna\nObjet : RE: it",
    "*From:* Support\n*Sent:* Monday\n*To:* Anna\n*Subject:* it",
    "Van: Support\nVerzonden: maandag 5 oktober 2026\nAan: Anna\nOnderwerp: RE: it",
    "##- Please type your reply above this line -##",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_what_is_answered_is_set_apart(attribution):
    found = split(f"It still fails.\nThanks\n\n{attribution}\n\nWhat do you see?\nRegards")
    assert found.reply == "It still fails.\nThanks"
    assert "What do you see?" in found.quoted
    assert attribution.split("\n")[0] in found.quoted


@pytest.mark.parametrize(
    "text",
    [
        "On the first page it says: nothing works",
        "We wrote:\nplease help",
        "From: the moment I log in, it fails.",
        "These are the facts:\n\nAffected users: 12\nStarted at: 10:00",
        "Date: Wednesday\nTime: 7 am\nAddress: here",
        "a\n\n----------\n\nb",
        "Sent from my desk, which is much nicer than my mobile phone ever was.",
        "1 > 0 and 2 > 1",
        "-- first\n-- second",
    ],
)
def test_what_only_looks_like_a_quotation_stays(text):
    assert split(text).reply == text


def test_inline_answers_keep_their_order():
    text = (
        "Hello,\n\nOn Mon, 5 Oct 2026, Desk wrote:\n> Affected users?\n12\n> Started at?\n10:00\n\n> Anything else?\nno"
    )
    found = split(text)
    assert [line for line in found.reply.split("\n") if line] == ["Hello,", "12", "10:00", "no"]
    assert "> Started at?" in found.quoted


def test_bottom_posting():
    found = split("On Mon, 5 Oct 2026, Desk wrote:\n> What do you see?\n> Regards\n\nA blank page.")
    assert found.reply == "A blank page."


def test_only_quotation_is_an_empty_reply():
    assert split("> a\n> b").reply == ""
    assert split("-----Original Message-----\nFrom: a\n\nb").reply == ""


def test_own_examples_stay_when_the_quotation_is_below():
    text = "here you go:\n\n> const x = 1\n\nwhat now?\n\nOn Mon, 5 Oct 2026, Desk wrote:\n> show me"
    assert "> const x = 1" in split(text).reply


def test_signatures():
    found = split("words\n\n-- \nAnna Muster\nCEO\n\nOn Mon, 5 Oct 2026, Desk wrote:\n> old")
    assert (found.reply, found.signature) == ("words", "-- \nAnna Muster\nCEO")


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPad",
        "Get Outlook for iOS",
        "Sent from Mail for Windows 10",
        "Gesendet mit der GMX Mail App",
    ],
)
def test_device_lines(line):
    found = split(f"words\n\n{line}")
    assert (found.reply, found.signature) == ("words", line)


def test_answers_inside_what_we_sent_are_found_where_nothing_marks_them():
    sent = "Please tell us:\nAffected users\nStarted at\nThank you"
    text = (
        "see below\n\n-----Original Message-----\nFrom: Desk\nSent: today\nSubject: it\n\nPlease tell us:\n"
        "Affected users\n12 of us\nStarted at\n10:00\nThank you"
    )
    assert "12 of us" in split(text, (sent,)).reply
    assert "12 of us" not in split(text).reply


HOSTILE = {
    "On": "On " * 330_000,
    "On lines": "On a a a\n" * 110_000,
    "colons": "On a:\n" * 170_000,
    "wrote": "On 1 wrote:\n" * 80_000,
    "quotes": "> " * 500_000,
    "quote lines": "> a\n" * 250_000,
    "alternating": "> a\nb\n" * 160_000,
    "blank": "\n" * 1_000_000,
    "spaces": " " * 1_000_000,
    "dashes": "-" * 1_000_000,
    "dash lines": "-----\n" * 160_000,
    "from": "From: a\n" * 120_000,
    "from to": "From: a\nTo: b\n" * 70_000,
    "above": "please above " * 80_000,
    "sent": "Sent from my \n" * 70_000,
    "dated": "2026-10-05 <\n" * 70_000,
    "brackets": "[#" * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_costs_linear_time(name):
    start = time.process_time()
    found = split(HOSTILE[name])
    assert time.process_time() - start < 2.0
    lines = Counter(line for line in HOSTILE[name].split("\n") if line.strip())
    kept = Counter(
        line for part in (found.reply, found.quoted, found.signature) for line in part.split("\n") if line.strip()
    )
    assert {line.rstrip() for line in lines} == {line.rstrip() for line in kept}
