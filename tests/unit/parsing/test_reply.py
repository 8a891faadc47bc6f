"""New words, quotations and signatures (intake 40, 45, 59, 60; reliability 13)."""

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsing import limits
from parsing.message import Answer
from parsing.reply import split
from tests.unit.parsing.test_closing import CLOSINGS, DISCLAIMERS

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
    "##- Bitte geben Sie Ihre Antwort oberhalb dieser Zeile ein. -##",
    "##- Por favor, escriba su respuesta por encima de esta línea -##",
    "##- Veuillez répondre au-dessus de cette ligne -##",
    "On Monday,\n5 October 2026 at 10:11, Support <support@desk.example> wrote:",
    "On Mon, 5 Oct 2026 at 10:11, Support <support@desk.example\n> wrote:",
    "In a message dated 10/5/2026 10:11:12 AM Eastern Daylight Time, support@desk.example writes:",
    "El lunes, 5 de octubre de 2026, 10:11:12 CEST, Support <support@desk.example> escribió:",
    "Am Montag, 5. Oktober 2026 um 10:11:12 MESZ hat Support <support@desk.example> Folgendes geschrieben:",
    "Support schrieb am Mo. 5. Okt. 2026 um 10:11:",
    "Support <support@desk.example> escreveu (segunda, 5/10/2026 à(s) 10:11):",
    "Den man. 5. okt. 2026 kl. 10.11 skrev Support <support@desk.example>:",
    "ma 5. lokak. 2026 klo 10.11 Support (support@desk.example) kirjoitti:",
    "Support kirjoitti 5.10.2026 klo 10.11:",
    "po 5. 10. 2026 v 10:11 odesílatel Support <support@desk.example> napsal:",
    "po 5. 10. 2026 o 10:11 Support <support@desk.example> napísal(a):",
    "Support <support@desk.example> ezt írta (időpont: 2026. okt. 5., H, 10:11):",
    "Pe lun., 5 oct. 2026 la 10:11, Support <support@desk.example> a scris:",
    "Support <support@desk.example>, 5 Eki 2026 Pzt, 10:11 tarihinde şunu yazdı:",
    "пн, 5 окт. 2026 г. в 10:11, Support <support@desk.example>:",
    "пн, 5 жовт. 2026 р. о 10:11 Support <support@desk.example> пише:",
    "На пн, 5.10.2026 г. в 10:11 ч. Support <support@desk.example> написа:",
    "Στις Δευ 5 Οκτ 2026 στις 10:11 π.μ., ο χρήστης Support <support@desk.example> έγραψε:",
    "בתאריך יום ב׳, 5 באוק׳ 2026 ב-10:11 מאת Support <support@desk.example>:",
    "في الاثنين، 5 أكتوبر 2026 في 10:11 ص تمت كتابة ما يلي بواسطة Support <support@desk.example>:",
    "Support <support@desk.example> 于2026年10月5日周一 10:11写道：",
    "在 2026/10/5 10:11, Support 写道:",
    "2026년 10월 5일 (월) 오전 10:11, Support <support@desk.example>님이 작성:",
    "Vào Th 2, 5 thg 10, 2026 vào lúc 10:11 Support <support@desk.example> đã viết:",
    "ในวันที่ จ. 5 ต.ค. 2026 เวลา 10:11 Support <support@desk.example> เขียนว่า:",
    "-----Support/Desk wrote: -----\nTo: anna@x.example\nFrom: Support/Desk\nDate: 10/05/2026 10:11AM",
    "----- Mail original -----\nDe: Support\nÀ: Anna\nEnvoyé: Lundi 5 Octobre 2026 10:11:12\nObjet: it",
    "________________________________\nVon: Support\nGesendet: Montag, 5. Oktober 2026",
    "Original Message\nFrom: Support\nSent: Monday, October 5, 2026 10:11",
    "Fra: Support <support@desk.example>\nSendt: 5. oktober 2026 10:11\nTil: Anna\nEmne: SV: it",
    "-------- Original message --------From: Support <support@desk.example> Date: 5/10/2026  10:11  (GMT+01:00) "
    "To: anna@x.example Subject: it " + "and all the text behind it " * 40,
    'Temat: RE: it 2026-10-05 10:11Nadawca: "Support" support@desk.example Adresat:',
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
        "Please look at the mail of 2026-10-05 10:11 from anna@x.example:\nit has the numbers",
        "It wrote 3 files:\na.log\nb.log",
        "The server wrote on the screen:\nout of memory",
        "Original message was fine.\nThis one is not.",
        "On page 3 the manual wrote:\npress the left key",
        "Attention: external e-mail is not delivered since Monday.\n\nCan you help?",
    ],
)
def test_what_only_looks_like_a_quotation_stays(text):
    assert split(text).reply == text


def test_inline_answers_keep_their_order():
    text = (
        "Hello,\n\nOn Mon, 5 Oct 2026, Desk wrote:\n> Affected users?\n12\n> Started at?\n10:00\n\n> Anything else?\nno"
    )
    found = split(text)
    assert found.reply == "Hello,\n\n> Affected users?\n12\n\n> Started at?\n10:00\n\n> Anything else?\nno"
    assert "> Started at?" in found.quoted
    assert found.words == "Hello,\n\n12\n\n10:00\n\nno"
    assert found.answers == (
        Answer(question="Affected users?", words="12"),
        Answer(question="Started at?", words="10:00"),
        Answer(question="Anything else?", words="no"),
    )


def test_a_question_is_the_paragraph_above_and_has_a_bound():
    text = "On Mon, 5 Oct 2026, Desk wrote:\n> Hello\n>\n> long\n" + "> line\n" * 40 + "yes\n> and?\nno"
    first, second = split(text).answers
    assert first == Answer(question="\n".join(["line"] * 12), words="yes")
    assert second == Answer(question="and?", words="no")


def test_answers_have_a_bound_and_lose_no_word():
    found = split("On Mon, 5 Oct 2026, Desk wrote:\n" + "> q?\nword\n" * (limits.ANSWERS + 7))
    assert len(found.answers) == limits.ANSWERS
    assert found.reply.count("word") == limits.ANSWERS + 7


def test_one_answer_inside_a_quotation_keeps_its_question():
    text = "On Mon, 5 Oct 2026, Desk wrote:\n> Which one?\nthe left one\n> We will look at it then."
    assert split(text).reply == "> Which one?\nthe left one"
    closed = text.replace("We will look at it then.", "\n> -- \n> Desk")
    assert split(closed).reply == "the left one"


def test_a_quotation_that_the_writer_cites_stays_above_his_words():
    assert split("You say\n\n> it works\n\nbut it does not.").reply == "You say\n\n> it works\nbut it does not."


def test_top_posting_keeps_no_quoted_line():
    found = split("fine now\n\nOn Mon, 5 Oct 2026, Desk wrote:\n> Is it fine?\n>\n> Desk")
    assert (found.reply, found.answers) == ("fine now", ())


def test_lines_that_a_client_wrapped_out_of_a_quotation_are_quoted():
    text = (
        "Yes\n\nOn Mon, 5 Oct 2026, Desk wrote:\n"
        "> the long line of the quotation that one client wrapped here and then once\nmore\n> without a mark\n"
        "> see https://desk.example/ticket?\nid=17&key=4\n> end"
    )
    assert split(text).reply == "Yes"


def test_below_an_attribution_without_marks_and_without_words_above_all_is_new():
    text = "On 5 Oct 2026 10:11, Support <support@desk.example> wrote:\n\n    it is on\n\nIt should be off."
    assert split(text).reply == "    it is on\n\nIt should be off."


def test_bottom_posting():
    found = split("On Mon, 5 Oct 2026, Desk wrote:\n> What do you see?\n> Regards\n\nA blank page.")
    assert found.reply == "A blank page."


def test_only_quotation_is_an_empty_reply():
    assert split("> a\n> b").reply == ""
    assert split("-----Original Message-----\nFrom: a\n\nb").reply == ""


def test_own_examples_stay_when_the_quotation_is_below():
    text = "here you go:\n\n> const x = 1\n\nwhat now?\n\nOn Mon, 5 Oct 2026, Desk wrote:\n> show me"
    assert "> const x = 1" in split(text).reply


def test_answers_inside_what_we_sent_are_found_where_nothing_marks_them():
    sent = "Please tell us:\nAffected users\nStarted at\nThank you"
    text = (
        "see below\n\n-----Original Message-----\nFrom: Desk\nSent: today\nSubject: it\n\nPlease tell us:\n"
        "Affected users\n12 of us\nStarted at\n10:00\nThank you"
    )
    assert "12 of us" in split(text, (sent,)).reply
    assert "12 of us" not in split(text).reply


def test_what_stands_above_our_words_introduces_them_in_any_language():
    sent = "Thank you for your mail about the scanner in hall two.\nWhich colour has the lamp on the right side of it?"
    introductions = [
        "Kuptimi 5.10.2026 10:11 Desk <support@desk.example>:",
        "Nga: Desk <support@desk.example>\nMbërritur: 5.10.2026 10:11\nTema: skaneri",
    ]
    for introduction in introductions:
        found = split(f"E kuqe.\n\n{introduction}\n\n{sent}", (sent,))
        assert found.reply == "E kuqe."
        assert introduction in found.quoted


SENT = (
    "Thank you for your mail about the scanner in hall two.\n\nHow many people are affected by this?\n"
    "When did you see it for the first time?\nWhich steps lead to the message?\n\nHarbour Desk"
)


def test_answers_that_a_client_marks_as_quotation_are_found():
    text = (
        "On Mon, 5 Oct 2026, Desk <support@desk.example> wrote:\n\n"
        "> Thank you for your mail about the scanner in hall two.\n>\n> How many people are affected by this?\n"
        "> 12\n> When did you see it for the first time?\n>\n> On Friday.\n> It was raining.\n>\n"
        "> Which steps lead to the message?\n> none\n>\n> Harbour Desk"
    )
    found = split(text, (SENT,))
    assert [answer.words for answer in found.answers] == ["12", "On Friday.\nIt was raining.", "none"]
    assert found.words == "12\n\nOn Friday.\nIt was raining.\n\nnone"
    assert split(text).words == ""


def test_what_a_client_changed_in_our_text_is_no_answer():
    quoted = "".join(f"> {line}\n" for line in SENT.split("\n"))
    changed = quoted.replace("> Which", "> https://links.example/?u=desk\n> Which")
    assert split(f"none\n\nOn Mon, 5 Oct 2026, Desk wrote:\n{changed}", (SENT,)).words == "none"


def test_older_words_of_the_correspondent_between_ours_are_no_answers():
    sent = (
        "Which colour has the lamp on the right side of the scanner?",
        "We have ordered the lamp for the scanner today.",
    )
    text = (
        f"Good.\n\nFrom: Desk\nSent: Tuesday\nTo: Anna\nSubject: lamp\n\n{sent[1]}\n\n"
        f"From: Anna\nSent: Monday\nTo: Desk\nSubject: lamp\n\nIt is red.\n\n"
        f"From: Desk\nSent: Monday\nTo: Anna\nSubject: lamp\n\n{sent[0]}"
    )
    assert split(text, sent).reply == "Good."


PIECES = st.sampled_from(
    [*ATTRIBUTIONS, *CLOSINGS, *DISCLAIMERS, "> quoted", "> > deeper", ">", "", "-- ", "words", "12",
     "Sent from my iPhone",
     "-----", "From: a\nTo: b\nSubject: c\nDate: d", "Which colour has the lamp on the right side?", "PS: more"]
)  # fmt: skip


def bare(line):
    """Without the marks of quotation, which answers lose."""
    return "".join(line.split()).strip(">|")


@given(st.lists(st.one_of(PIECES, st.text(max_size=40)), max_size=25), st.booleans())
def test_every_line_lands_in_exactly_one_part(pieces, known):
    text = "\n".join(pieces)
    found = split(text, ("Which colour has the lamp on the right side?\nwords",) if known else ())
    parts = (found.words, found.quoted, found.signature, found.disclaimer)
    kept = Counter(bare(line) for part in parts for line in part.split("\n") if bare(line))
    assert kept == Counter(bare(line) for line in text.split("\n") if bare(line))
    questions = [f"> {line}" for answer in found.answers for line in answer.question.split("\n")]
    assert all(line in questions for line in found.reply.split("\n") if line.strip() and line not in found.words)


HOSTILE = {
    "On 60 kB": "On " * 20_000,
    "one line": "a" * 1_000_000,
    "Am": "Am " * 333_333,
    "only colons": ":" * 1_000_000,
    "empty quotes": ">\n" * 100_000,
    "quotes and blanks": ">\n\n" * 330_000,
    "labels": "a@b.c: 2026 10:11\n" * 55_000,
    "formulas": "regards\n" * 120_000,
    "names": "Anna\n" * 200_000,
    "signatures": "--\n" * 330_000,
    "legal": "this email confidential intended recipient delete virus\n\n" * 17_000,
    "markers": "## above line\n" * 70_000,
    "flat headers": ("a:" * 200 + "@\n") * 2_400,
    "open brackets": "On 1 <a\n> wrote:\n" * 60_000,
    "answers": "> q?\nx\n\n" * 100_000,
    "wrapped out": ("> " + "a" * 70 + "\nbb\n") * 13_000,
    "ruled words": "--- x ---\n" * 100_000,
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
@pytest.mark.parametrize("sent", [(), ("Please tell us:\nAffected users\n" * 2_000,)], ids=["unknown", "known"])
def test_a_megabyte_costs_linear_time(name, sent):
    start = time.process_time()
    found = split(HOSTILE[name], sent)
    assert time.process_time() - start < 2.0
    lines = Counter(line for line in HOSTILE[name].split("\n") if line.strip())
    kept = Counter(
        line
        for part in (found.reply, found.quoted, found.signature, found.disclaimer)
        for line in part.split("\n")
        if line.strip()
    )
    assert {line.rstrip() for line in lines} == {line.rstrip() for line in kept}
