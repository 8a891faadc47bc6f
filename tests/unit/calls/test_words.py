"""What customers write of a call: words that count, plain words, and all the words that mean something else."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from gateway.rules.calls import plain, words
from gateway.rules.calls.plain import Plain
from gateway.rules.vocabulary import BOOK, CALL, CANCEL, MOVE, NONE
from parsing.message import Kind, Mailbox, ParsedMail
from tests.unit.calls.asked import the_desk

CORPUS = os.environ.get("REPLYDESK_CORPUS", "")


def mail(reply: str, subject: str = "Re: [DESK-1001] Search is slow", **more: object) -> ParsedMail:
    usual = {"kind": Kind.HUMAN, "from_": Mailbox(name="Nora Wind", address="nora@northwind.example")}
    answers = {} if more.get("in_reply_to") == () else {"in_reply_to": ("<m1@desk.example>",)}
    return ParsedMail(**{**usual, **answers, "reply": reply, "subject": subject, **more})  # type: ignore[arg-type]


def heard(reply: str, **more: object) -> list[tuple[str, int, bool]]:
    return [(one.said, one.number, one.bare) for one in words.heard(mail(reply, **more), the_desk())]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [
        "BOOK 2", "book 2", "Book2", "BOOK #2", "Book: 2.", "> quoted\nBOOK 2", "Hello,\nBOOK 2", "Hi Anna,\n\nbook 2",
        "Hi, book 2 please", "I take 2", "I'll take number 2, thanks", "We would like to book option 2", "BOOK No. 2",
        "I choose slot 2, please", "BOOK 2 thanks, Nora Wind", "Ich nehme 2", "Guten Tag,\nich nehme Nummer 2, danke",
        "Wir buchen die 2", "Bitte Termin 2 buchen", "Bonjour,\nje prends le 2", "Je prends le créneau 2, merci",
        "Réserver 2 s'il vous plaît", "BOOK 2  Tuesday 24 November, 13:00 (Berlin)",
        "BOOK 2  Dienstag, 24. November, 13:00 Uhr (Berlin)", "BOOK 2  mardi 24 novembre, 13h00 (Berlin)",
    ],
)  # fmt: skip
def test_a_slot_is_named(line: str) -> None:
    assert heard(line) == [(BOOK, 2, False)]


@pytest.mark.parametrize(
    "line",
    ["2", "#2", "2.", "(2)", "Nummer 2", "le 2", "No 2", "option 2 please", "2 is fine", "Hallo,\n2", "Die 2 passt"],
)
def test_a_number_alone_is_marked(line: str) -> None:
    assert heard(line) == [(BOOK, 2, True)]


@pytest.mark.parametrize(
    "line",
    [
        "BOOK 2?", "BOOK 2 or 3", "book 2 rooms", "not 2", "2 is not good", "BOOK", "BOOK 0", "BOOK 1234", "2 users",
        "2 no thanks", "BOOK two", "It fails.\nBOOK 2", "I rebooted 2", "see line 2", "2026-11-24", "10:00", "2-3",
        "2, 3",
        "Book 2 is missing from my library and I want it back", "BOOK 2 Tuesday 13:00 or 3 Wednesday 9:00",
        "> BOOK 2", "I cannot book 2", "Hello,\nthe search is slow.\nBOOK 2", "BOOK " + "9" * 5_000,
    ],
)  # fmt: skip
def test_no_slot_is_named(line: str) -> None:
    assert all(said != BOOK for said, _, _ in heard(line))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("CANCEL", CANCEL), ("Please cancel the call.", CANCEL), ("Absagen", CANCEL), ("Stornieren!", CANCEL),
        ("Hallo,\nbitte absagen", CANCEL), ("ANNULER", CANCEL), ("Annuler l’appel", CANCEL), ("J'annule", CANCEL),
        ("CALL", CALL), ("Call me?", CALL), ("Rückruf", CALL), ("ANRUF", CALL), ("Appel", CALL), ("Rappelez-moi", CALL),
        ("Move", MOVE), ("Verschieben", MOVE), ("Déplacer", MOVE), ("Other times please", MOVE),
        ("None", NONE), ("Keiner davon", NONE), ("Aucun", NONE),
    ],
)  # fmt: skip
def test_a_word_alone(line: str, said: str) -> None:
    assert heard(line) == [(said, 0, False)]
    assert heard(f"{line}\n\nI am ill.") == [(said, 0, False)]


@pytest.mark.parametrize(
    "line",
    [
        "Please cancel my subscription.",
        "Cancel?",
        "The call",
        "Cancel order 2",
        "I want to cancel the contract",
        "Calls",
    ],
)
def test_no_word_of_a_call(line: str) -> None:
    assert heard(line) == []


def test_the_words_from_the_word_on_are_given() -> None:
    found = words.heard(mail("> asked\n\nHello,\n\nBOOK 2\n\nThanks\nNora Wind"), the_desk())
    assert [one.alone.reply for one in found if one.alone] == ["BOOK 2\nThanks\nNora Wind"]


@pytest.mark.parametrize(
    ("subject", "reply", "answers", "counts"),
    [
        ("BOOK 2 [DESK-1001]", "", (), True),
        ("BOOK 2 [DESK-1001]", "BOOK 2", (), True),
        ("[DESK-1001] BOOK 2", "", (), True),
        ("2 [DESK-1001]", "", (), False),
        ("Re: BOOK 2 [DESK-1001]", "", (), False),
        ("BOOK 2 [DESK-1001]", "", ("<m1@desk.example>",), False),
        ("BOOK 2 [DESK-1001]", "Thanks a lot.", (), False),
    ],
)
def test_a_subject_counts_where_a_button_wrote_it(
    subject: str, reply: str, answers: tuple[str, ...], *, counts: bool
) -> None:
    assert heard(reply, subject=subject, in_reply_to=answers) == ([(BOOK, 2, False)] if counts else [])


def test_a_machine_says_nothing() -> None:
    assert heard("BOOK 2", kind=Kind.OUT_OF_OFFICE) == []
    assert heard("BOOK 2", auto_generated=True) == []


WISHES = [
    "Could you call me?", "Can somebody please call me back today?", "Please call me on 0171 234567.",
    "Call me on 0171 234 5678 instead.", "Would you be able to give me a call?", "Can we talk on the phone?",
    "Can we talk?", "Could we have a quick call tomorrow?", "I'd like a call with an engineer.",
    "We would appreciate a call back.", "Let's hop on a call this afternoon.", "Please arrange a call with your team.",
    "It is urgent, please give us a call.", "Könnten Sie mich bitte anrufen?", "Können wir telefonieren?",
    "Rufen Sie mich bitte an.", "Bitte um Rückruf.", "Wir bitten um einen Rückruf.", "Könnten wir kurz telefonieren?",
    "Ich hätte gern einen Rückruf.", "Lassen Sie uns kurz telefonieren.", "Können Sie uns heute noch zurückrufen?",
    "Pouvez-vous m'appeler ?", "Pourriez-vous me rappeler demain ?", "Merci de me rappeler au 06 12 34 56 78.",
    "Peut-on s'appeler cet après-midi ?", "Je souhaiterais être rappelée.", "J’aimerais vous parler au téléphone.",
    "It fails since Monday and I have\ntried everything that stands in your guide so far, could\nyou call me?",
]  # fmt: skip


@pytest.mark.parametrize("text", WISHES)
def test_plain_words_ask_for_a_call(text: str) -> None:
    assert plain.said(text) == {Plain.WISH}


@pytest.mark.parametrize(
    "text",
    [
        "We will call you.", "The API call fails.", "call 555 failed", "Please do not call me.", "No need to call me.",
        "You said somebody would call me back.", "Our customers cannot call us.", "Please call me Nora.", "Call stack:",
        "We had a call with your colleague.", "Thanks for the call.", "I tried to call you.", "The phone rings twice.",
        "When I call the function it fails.", "Can you call the other number?", "We need a call centre.",
        "What is a call?",
        "Please see the call log.", "She told me to call you.", "Could you recall the mail?",
        "The call to /users fails.",
        "Bitte nicht anrufen.", "Der Anruf bricht ab.", "Unsere Kunden können uns nicht anrufen.",
        "Sie haben angerufen.",
        "Seit gestern können wir nur intern telefonieren.", "Kunden rufen uns an und hören nichts.",
        "Pouvez-vous me rappeler mon mot de passe ?", "L'appel échoue.", "Ne m'appelez pas.",
        "Nous faisons un appel d'API.",
        "> Could you call me?", "Time is up.", "Call us today: 0800 123, open all day",
    ],
)  # fmt: skip
def test_plain_words_ask_for_no_call(text: str) -> None:
    assert Plain.WISH not in plain.said(text)


@pytest.mark.parametrize(
    "text",
    [
        "None of these suits me.", "None of these times work for me, mornings please",
        "Unfortunately none of them suits.",
        "Neither works for me.", "These times don't work.", "I can't make any of these.",
        "Do you have any other times?",
        "Keiner der Termine passt mir leider.", "Leider passt mir keiner davon, keiner passt.", "Nichts davon passt.",
        "Die Termine passen mir leider nicht.", "Haben Sie andere Termine?", "Aucun de ces créneaux ne me convient.",
        "Ces horaires ne me conviennent pas.", "Avez-vous d'autres créneaux ?",
    ],
)  # fmt: skip
def test_plain_words_say_that_none_suits(text: str) -> None:
    assert Plain.NONE in plain.said(text)


@pytest.mark.parametrize(
    "text",
    [
        "None of the logins work.", "Custom ROM: None (emulator)", "Nothing works.", "I tried five different times.",
        "The page shows none of the pictures.", "Keine Zeit.", "Es geht nichts.", "Aucun utilisateur ne va.",
        "Next time",
    ],
)  # fmt: skip
def test_plain_words_that_are_about_no_slot(text: str) -> None:
    assert plain.said(text) == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "Can we move the call to Thursday?", "I need to reschedule our call.", "Could we postpone the appointment?",
        "Können wir den Termin verschieben?", "Ich muss das Telefonat auf Freitag verlegen.", "Please reschedule.",
        "Peut-on déplacer le rendez-vous ?", "Il faudrait reporter l'appel.", "Could I have another time?",
    ],
)  # fmt: skip
def test_plain_words_would_move_a_call(text: str) -> None:
    assert Plain.MOVE in plain.said(text)


def test_the_worst_case_is_bounded() -> None:
    """Clauses of the longest length that begin every pattern, and lines that never end."""
    worst = [
        "can you " * 600, "could we please have " * 300, "please call " * 500, "keiner der dieser von den " * 200,
        "none of these those them " * 200, "pouvez vous bien s'il te plaît " * 200, "book 2 " * 900, "," * 5_000,
        "a " * 5_000, "call\n" * 1_500, "2 " * 3_000, "need to move " * 400, "i'd like to have a short " * 200,
    ]  # fmt: skip
    begun = time.process_time()
    for text in worst:
        words.heard(mail(text * 40), the_desk())
    assert time.process_time() - begun < 1.0


def test_most_mail_costs_next_to_nothing() -> None:
    text = (
        "Our web shop shows an error page since this morning. Nobody of us is able to log in. Help is welcome.\n" * 25
    )
    begun = time.process_time()
    for _ in range(1_000):
        assert not words.touches(mail(text), the_desk())
    assert time.process_time() - begun < 1.0


@pytest.mark.skipif(not CORPUS, reason="REPLYDESK_CORPUS is not set")
@pytest.mark.parametrize("name", ["clinc150", "banking77", "bug_report_sentences"])
def test_short_texts_of_other_people_ask_for_no_call(name: str) -> None:
    """Sentences to an assistant, to a bank, of bug reports: none of them asks one of us to call."""
    rows = (json.loads(line) for line in (Path(CORPUS) / "tickets" / f"{name}.jsonl").read_text("utf-8").splitlines())
    wished = [row["text"] for row in rows if Plain.WISH in plain.said(row["text"])]
    assert wished == []
