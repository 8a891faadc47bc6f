"""Answers to questions of ours, wherever they stand: layouts, languages, what is no answer, what is not sure."""

from __future__ import annotations

from time import process_time

import pytest

from parsing.intake import answers
from parsing.intake.answers import Read, Said
from parsing.message import Answer, Attachment, Choice, Sought

USERS = Sought(
    name="users",
    kind="count",
    labels=("affected users", "betroffene benutzer", "utilisateurs concernés", "usuarios afectados",
            "utenti interessati", "getroffen gebruikers"),
    cues=("users", "benutzer", "utilisateurs", "usuarios", "utenti", "gebruikers"),
)  # fmt: skip
STEPS = Sought(
    name="steps", kind="steps", labels=("steps to reproduce", "schritte", "étapes", "pasos", "passi", "stappen")
)
STARTED = Sought(name="started", kind="when", labels=("started at", "beginn", "début", "inicio", "inizio", "begonnen"))
OBSERVED = Sought(name="observed", kind="observed", labels=("what happens", "was passiert"))
PLAN = Sought(
    name="plan",
    kind="choice",
    labels=("plan", "tarif"),
    choices=(Choice(value="Basic"), Choice(value="Team"), Choice(value="Enterprise")),
)
ALL = Sought(name="everybody", kind="yesno", labels=("everybody", "alle"))
INVOICE = Sought(name="invoice", kind="number", labels=("invoice number",), pattern="INV-####-#####")
SCREENSHOT = Sought(name="screenshot", kind="file", labels=("screenshot",))
KNOWN = (USERS, STEPS, STARTED, OBSERVED, PLAN, ALL, INVOICE, SCREENSHOT)
PICTURE = Attachment(
    part=2, filename="shot.png", safe_name="shot.png", content_type="image/png", size=9000, sha256="", inline=False,
    content_id="", real_type="image/png",
)  # fmt: skip


def _read(words: str, *asked: Sought, language: str = "en", **said: object) -> Read:
    return answers.read(Said(words=words, language=language, **said), asked, KNOWN)  # type: ignore[arg-type]


def _found(words: str, *asked: Sought, language: str = "en", **said: object) -> dict[str, tuple[str, str]]:
    return {one.field: (one.state, one.value) for one in _read(words, *asked, language=language, **said).candidates}


@pytest.mark.parametrize(
    ("language", "labels", "steps"),
    [
        ("en", ("Affected users", "Steps to reproduce"), "open the shop, then search"),
        ("de", ("Betroffene Benutzer", "Schritte"), "Shop öffnen, „Stiefel“ suchen"),
        ("fr", ("Utilisateurs concernés", "Étapes"), "ouvrir la boutique : chercher"),
        ("es", ("Usuarios afectados", "Pasos"), "abrir la tienda, buscar señal"),
        ("it", ("Utenti interessati", "Passi"), "aprire il negozio, cercare"),
        ("nl", ("Getroffen gebruikers", "Stappen"), "winkel openen, zoeken"),
    ],
)
@pytest.mark.parametrize(
    "layout",
    [
        "{0}: 25\n{1}: {2}",
        "{1}:\n{2}\n\n{0}:\n25",
        "1. 25\n2. {2}",
        "1) 25 2) {2}",
        "(1) 25\n\n(2) {2}",
        "1: 25\n2: {2}",
        "1. {0}: 25\n2. {1}: {2}",
        "*{0}:* 25\n*{1}:*\n{2}",
        "{0}\t25\n{1}\t{2}",
        "{0} = 25\n{1} - {2}",
        "a) 25\nb) {2}",
    ],
)
def test_r40_every_layout_is_read_in_six_languages(
    layout: str, language: str, labels: tuple[str, str], steps: str
) -> None:
    found = _found(layout.format(*labels, steps), USERS, STEPS, language=language)
    assert found == {"users": ("present", "25"), "steps": ("present", steps)}


@pytest.mark.parametrize(
    "words",
    ["ad 1: 25\nad 2: open it", "Zu 1: 25\nZu 2: open it", "zu Frage 1: 25\nzu Frage 2: open it",
     "Question 1: 25\nQuestion 2: open it", "Re 1) 25\nRe 2) open it", "à 1: 25\nà 2: open it",
     "Domanda 1: 25\nDomanda 2: open it", "Vraag 1: 25\nVraag 2: open it"],
)  # fmt: skip
def test_numbers_may_have_words_before_them(words: str) -> None:
    assert _found(words, USERS, STEPS) == {"users": ("present", "25"), "steps": ("present", "open it")}


def test_r40_inline_between_quotes_fills_both() -> None:
    given = (
        Answer(question="1. Affected users:\n(About how many?)", words="25"),
        Answer(question="2. Steps to reproduce:\n(What do you do?)", words="open the shop\nsearch for boots"),
    )
    words = (
        "> 1. Affected users:\n> (About how many?)\n25\n\n"
        "> 2. Steps to reproduce:\n> (What do you do?)\nopen the shop\nsearch for boots"
    )
    found = _found(words, USERS, STEPS, answers=given)
    assert found == {"users": ("present", "25"), "steps": ("present", "open the shop\nsearch for boots")}


def test_what_a_client_marks_as_quoted_inside_our_form_is_read() -> None:
    quoted = (
        "> 1. Everybody:\n>    (Does it happen to everybody? A\n>    letter is enough.)\n>    a) yes\n>    b) no\n"
        "> no\n>\n"
        "> 2. Plan:\n>    a) Basic\n>    b) Team\n>    c) Enterprise\n> b) Team\n>\n> You do not know? Say so."
    )
    assert _found("See below.", ALL, PLAN, quoted=quoted) == {
        "everybody": ("present", "no"),
        "plan": ("present", "Team"),
    }


def test_our_own_question_is_no_answer() -> None:
    quoted = "> 1. Everybody:\n>    a) yes\n>    b) no\n>\n> 2. Plan:\n>    a) Basic\n>    b) Team\n>    c) Enterprise"
    assert _found("", ALL, PLAN, quoted=quoted) == {}
    assert _found("Steps to reproduce:\n(What do you do until it happens, for example: open the shop)", STEPS) == {}
    assert _found("Steps to reproduce:\n\nAffected users:", STEPS, USERS) == {}


def test_steps_keep_their_numbers_below_their_label_and_their_number() -> None:
    steps = "1. open the shop\n2. search\n3. wait"
    assert _found(f"Affected users: 25\nSteps to reproduce:\n{steps}", USERS, STEPS)["steps"] == ("present", steps)
    assert _found(steps, STEPS) == {"steps": ("present", steps)}
    assert _found(f"ad 1: 25\nad 2:\n{steps}", USERS, STEPS)["steps"] == ("present", steps)
    assert _found(steps, USERS, STEPS) == {"steps": ("present", steps)}


def test_r40_one_of_two_is_one() -> None:
    assert _found("Affected users: 25", USERS, STEPS) == {"users": ("present", "25")}
    assert _found("2. open the shop", USERS, STEPS) == {"steps": ("present", "open the shop")}


@pytest.mark.parametrize("words", ["b", "B.", "(b)", "b)", "b, please", "Option b", "b) Team", "Team"])
def test_a_letter_answers_a_closed_question(words: str) -> None:
    read = _read(words, PLAN)
    assert [(one.field, one.state, one.value) for one in read.candidates] == [("plan", "present", "Team")]


def test_letters_and_numbers_on_one_line() -> None:
    assert _found("1b 2a", PLAN, ALL) == {"plan": ("present", "Team"), "everybody": ("present", "yes")}
    assert _found("b\na", PLAN, ALL) == {"plan": ("present", "Team"), "everybody": ("present", "yes")}
    assert _found("a) Basic\nb) Team x\nc) Enterprise", PLAN) == {"plan": ("present", "Team")}


@pytest.mark.parametrize(
    "words",
    ["A: No", "a: no.", "Of course not.", "Natürlich nicht, nur morgens.", "Absolutely not", "bien sûr que non"],
)  # fmt: skip
def test_a_no_that_begins_like_a_yes_is_a_no(words: str) -> None:
    assert _found(words, ALL) == {"everybody": ("present", "no")}


@pytest.mark.parametrize(("words", "value"), [("A: yes", "yes"), ("a) yes", "yes"),
                                              ("b: only some", "no"), ("Of course", "yes")])  # fmt: skip
def test_letters_of_a_yes_and_a_no_still_count(words: str, value: str) -> None:
    assert _found(words, ALL) == {"everybody": ("present", value)}


@pytest.mark.parametrize("words", ["Yes and no", "b) yes", "a) no", "A: nur morgens"])
def test_of_yes_and_no_neither_is_sure(words: str) -> None:
    assert [state for state, _ in _found(words, ALL).values()] == ["unsure"]


@pytest.mark.parametrize("words", [
    "Please call me.", "Please call me on 0171 2345678.", "As discussed on the phone", "See my first mail",
    "Siehe meine erste Mail", "wie besprochen", "Bitte anrufen",
])  # fmt: skip
def test_who_refers_to_something_else_has_not_answered_for_sure(words: str) -> None:
    assert _found(words, STEPS) == {"steps": ("unsure", words)}
    assert _found(f"Affected users: 25\n\n{words}", USERS, STEPS)["steps"] == ("unsure", words)


@pytest.mark.parametrize("words", ["As admin: open Reports and press Export", "Please open Reports, then choose March",
                                   "See the list, click an entry, press Save and wait for it",
                                   "the page will show nothing"])  # fmt: skip
def test_an_answer_may_begin_like_one_that_is_put_off(words: str) -> None:
    assert _found(words, STEPS) == {"steps": ("present", words)}


@pytest.mark.parametrize("line", ["for 3 days now and nobody can work.", "on 2 machines it is slow", "auf 3 Rechnern",
                                  "for 3  days now"])  # fmt: skip
def test_a_number_behind_a_word_of_any_sentence_is_no_questions(line: str) -> None:
    found = _found(f"The page is white.\nIt is like that\n{line}", OBSERVED, STEPS, PLAN)
    assert found.keys() <= {"observed"}


def test_our_own_words_below_a_question_are_no_answer_without_the_empty_lines() -> None:
    ours = "1. Steps to reproduce:\n   (What do you do?)\n\n2. Affected users:\n\nA person answers   by Monday."
    quoted = "> 1. Steps to reproduce:\n>    (What do you do?)\n> 2. Affected users:\n> A person answers by Monday."
    assert _found("", STEPS, USERS, quoted=quoted, ours=(ours,)) == {}
    inside = quoted.replace("users:\n", "users:\n> 25\n")
    assert _found("", STEPS, USERS, quoted=inside, ours=(ours,)) == {"users": ("present", "25")}


@pytest.mark.parametrize(
    ("words", "language"),
    [("I don't know", "en"), ("keine Ahnung", "de"), ("Je ne sais pas.", "fr"), ("No lo sé", "es"), ("Non lo so", "it"),
     ("Geen idee", "nl")],
)  # fmt: skip
def test_not_knowing_is_an_answer_for_one_and_for_all(words: str, language: str) -> None:
    assert _found(words, USERS, STEPS, language=language) == {"users": ("unknown", ""), "steps": ("unknown", "")}
    found = _found(f"Affected users: {words}\nStarted at: 2026-11-20 14:00", USERS, STARTED, language=language)
    assert found["users"] == ("unknown", "")
    assert found["started"][0] == "present"


@pytest.mark.parametrize("words", ["", "-", "n/a", "...", "Thanks", "Hello,\n\nThank you\nNora Wind"])
def test_nothing_is_no_answer(words: str) -> None:
    assert _found(words, STEPS) == {}
    assert _found(words, USERS, STEPS) == {}


@pytest.mark.parametrize(
    "words", ["I'll check and get back to you.", "Ich frage nach.", "Je vais vérifier", "When will it be fixed?"]
)
def test_a_promise_or_a_question_is_no_answer(words: str) -> None:
    assert _found(words, STEPS) == {}


def test_the_whole_reply_answers_a_single_question() -> None:
    words = "Hi,\n\nopen the shop and search for boots.\nThen it hangs.\n\nThanks\nNora Wind"
    assert _found(words, STEPS) == {"steps": ("present", "open the shop and search for boots.\nThen it hangs.")}
    assert _found("25", USERS) == {"users": ("present", "25")}


def test_several_answers_in_one_paragraph_tell_by_their_kind() -> None:
    found = _found("It is INV-2026-00042, and it began on 2026-11-20 at 14:00.", INVOICE, STARTED)
    assert found["invoice"] == ("present", "INV-2026-00042")
    assert found["started"][0] == "present"


def test_a_value_of_another_kind_is_kept_as_unsure() -> None:
    assert _found("Affected users: mostly those in Kiel", USERS) == {"users": ("unsure", "mostly those in Kiel")}


def test_see_attachment_needs_a_file() -> None:
    for words in ("see attachment", "siehe Anhang", "voir pièce jointe", "ver adjunto", "vedi allegato", "zie bijlage"):
        assert _found(words, STEPS) == {}
        assert _found(words, STEPS, files=(PICTURE,)) == {"steps": ("present", "shot.png")}
    assert _found("", SCREENSHOT, files=(PICTURE,)) == {"screenshot": ("present", "shot.png")}


def test_same_as_before_is_nothing_to_be_sure_of() -> None:
    for words in ("same as before", "wie immer", "comme avant", "lo mismo", "come prima", "hetzelfde"):
        assert _found(words, STEPS) == {"steps": ("unsure", words)}


@pytest.mark.parametrize(
    "words",
    [
        "Correction: it is 30 users, not 25.",
        "Korrektur: nicht 25, sondern 30 Benutzer",
        "En fait 30 utilisateurs, pas 25",
    ],
)
def test_a_correction_overwrites_what_was_not_asked(words: str) -> None:
    (one,) = _read(words, STEPS).candidates
    assert (one.field, one.how, one.state) == ("users", "answer", "present")
    assert "30" in one.value


def test_the_last_word_counts_when_a_mail_contradicts_itself() -> None:
    assert _found("Affected users: 25\nAffected users: 30", USERS) == {"users": ("present", "30")}
    assert _found("Affected users: 25\nAffected users: many", USERS) == {"users": ("present", "25")}


def test_the_subject_answers() -> None:
    assert _found("", USERS, STEPS, subject="Affected users: 25") == {"users": ("present", "25")}
    assert _found("", INVOICE, subject="INV-2026-00042") == {"invoice": ("present", "INV-2026-00042")}
    assert _found("", STEPS, subject="Search is slow", title="Search is slow") == {}
    assert _found("", STEPS, subject="open the shop and wait", title="Search is slow")["steps"][0] == "present"
    assert _found("", STEPS, subject="Search is slow") == {}


def test_a_label_that_was_not_asked_counts_as_one() -> None:
    (one,) = _read("Affected users: 25", STEPS).candidates
    assert (one.field, one.how) == ("users", "label")


def test_nothing_is_read_where_nothing_is_declared() -> None:
    assert answers.read(Said(words="25"), (), ()) == Read()


@pytest.mark.parametrize(
    "words",
    ["1. " * 20_000, "Affected users: " * 5_000, "1) a 2) b " * 4_000, "not " * 20_000, "- " * 30_000,
     "\n".join(["1. x"] * 30_000),
     "(" * 60_000, "correction, not 2" * 6_000, "a, " * 20_000, "I don't know. " * 5_000, "\n".join(["a) x"] * 20_000)],
    ids=range(11),
)  # fmt: skip
def test_the_worst_text_is_read_in_no_time(words: str) -> None:
    quoted = "\n".join(f"> {line}" for line in words.split("\n"))
    given = (Answer(question=words, words=words),)
    start = process_time()
    answers.read(Said(words=words, quoted=quoted, subject=words, language="en"), KNOWN, KNOWN)
    answers.read(Said(words=words, answers=given, language="en"), KNOWN, KNOWN)
    assert process_time() - start < 1


def test_lines_beyond_the_bound_are_not_read() -> None:
    assert _found("\n" * answers.LINES + "Affected users: 25", USERS) == {}
