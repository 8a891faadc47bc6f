"""Our own text is known again however it comes back, and nobody's own words are ever taken for it."""

import textwrap
import time
import tracemalloc

import pytest

from parsing import limits
from parsing.words.alignment import Origin, origins, ours

SENT = """Hello Nora,

the search index was being rebuilt until noon, which took all of the memory of the second server. Is it faster now?

Please open https://status.example/search and tell us which of the two lamps you see.

Affected users:
Steps to reproduce:
Expected:
Observed:

Best regards
Anastasia

-----
On Friday 20 November, 14:00 (Berlin) you wrote:
> Search is very slow.
>
> Kind regards
> Nora Wind
> Northwind Outdoor Ltd, 4 Quay Road, Leith
"""
GERMAN = """Guten Tag,

wir prüfen die Zurücküberweisung der Gebühren für das große Paket – bis Freitag.

Übrigens: “fertig”.
"""
JAPANESE = (
    "お問い合わせありがとうございます。\n再起動のあと、検索の結果はすぐに表示されますか。\nよろしくお願いいたします。\n"
)


def theirs(body, *sent):
    """The lines with text that are not ours."""
    lines = body.split("\n")
    flags = ours(lines, sent or (SENT,))
    assert len(flags) == len(lines)
    return [line for line, flag in zip(lines, flags, strict=True) if line.strip("> ") and not flag]


def quoted(text, mark="> ", width=0):
    lines = [piece for line in text.split("\n") for piece in (textwrap.wrap(line, width) if width else [line]) or [""]]
    return "\n".join(f"{mark}{line}".rstrip() for line in lines)


@pytest.mark.parametrize("mark", ["> ", ">> ", ">", "> > > ", "| ", ">| "])
@pytest.mark.parametrize("width", [0, 24, 41, 72, 200])
def test_a_quotation_is_ours_at_any_depth_and_width(mark, width):
    assert theirs("It is.\n\n" + quoted(SENT, mark, width)) == ["It is."]


@pytest.mark.parametrize("width", [0, 24, 41, 72, 200])
def test_a_quotation_without_marks_is_ours(width):
    assert theirs("It is.\n\nFrom: Desk\nSubject: x\n\n" + quoted(SENT, "", width)) == [
        "It is.",
        "From: Desk",
        "Subject: x",
    ]


def test_a_wrapped_rest_without_a_mark_is_ours():
    body = "> the search index was being rebuilt until noon, which\ntook all\n> of the memory of the second"
    assert theirs(body) == []


def test_blank_lines_and_bare_marks_between_ours_are_ours():
    assert ours(["> Hello Nora,", ">", "", "> the search index was being rebuilt", ""], (SENT,)) == [True] * 4 + [False]


@pytest.mark.parametrize(
    "line",
    [
        "> Please open https://status.example/search<https://status.example/search> and tell us which",
        "> Please open https://status.example/search <https://status.example/search> and tell us which",
        "> Please open <https://status.example/search> and tell us which of the two",
        "> open https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Fstatus.example%2Fsearch&data=05 and",
        "> Please open https://urldefense.com/v3/__https://status.example/search__;!!AbC123!x$ and tell us which",
        "> Please open https://urldefense.proofpoint.com/v2/url?u=https-3A__status.example_search&d=DwMF&c=x and tell",
        "> Please open https://status.example/search<https://secure-web.cisco.com/1AbC/https%3A%2F%2Fstatus.example%2Fsearch>",
        "> *Please* open\u00a0https://status.example/search and _tell us_ which of",
        "> • Please open https://status.example/search",
        "> o   Please open https://status.example/search and tell us",
        "> | Please open | https://status.example/search | and tell us |",
        "> the sea\u00adrch index was be\u200bing rebuilt until noon",
        "> PLEASE OPEN HTTPS://STATUS.EXAMPLE/SEARCH AND",
        "> the search index was being rebuilt until noon, which took &amp; all of",
    ],
)
def test_what_transport_changes_is_still_ours(line):
    if "&amp;" in line:
        assert theirs(line, "the search index was being rebuilt until noon, which took & all of it") == []
    else:
        assert theirs(line) == []


@pytest.mark.parametrize(
    "body",
    [
        "> Guten Tag,\n>\n> wir pru\u0308fen die Zuru\u0308cku\u0308berweisung der Gebu\u0308hren",
        "> wir prüfen die Zurück-\n> überweisung der Gebühren für das große Paket",
        "> wir prüfen die Zurück=\n> überweisung der Gebühren für=20\n> das große Paket –=20\n> bis Freitag.=20",
        "> WIR PRÜFEN DIE ZURÜCKÜBERWEISUNG DER GEBÜHREN FÜR DAS GROSSE PAKET",
        '> das große Paket \u2014 bis Freitag.\n>\n> Übrigens: "fertig".',
    ],
)
def test_german_letters_come_back(body):
    assert theirs(body, GERMAN) == []


def test_a_target_on_the_next_line_belongs_to_its_link():
    assert theirs("> Please open https://status.example/search\n> <https://status.example/search> and tell us") == []


def test_addresses_that_became_links_are_ours():
    sent = "You can write to support@desk.example at any time or call +49 30 1234"
    line = "> write to support@desk.example<mailto:support@desk.example> at any time or call +49 30 1234<tel:+49301234>"
    assert theirs(line, sent) == []


def test_scripts_without_spaces_are_compared_by_character():
    body = "はい、すぐに出ます。\n\n> お問い合わせありがとうござ\n> います。\n> 再起動のあと、検索の結果\n> はすぐに表"
    assert theirs(body, JAPANESE) == ["はい、すぐに出ます。"]
    assert theirs("よろしくお願いいたします。", JAPANESE) == ["よろしくお願いいたします。"]


@pytest.mark.parametrize("mark", ["> ", ""])
def test_answers_between_questions_stay(mark):
    lines = SENT.replace("users:", "users:\n12").replace("reproduce:", "reproduce:\nopen the shop\nsearch for boots")
    lines = lines.replace("Expected:", "Expected:\n👍").replace("Observed:", "Observed:\n\n[cid:image001.png@01DC]\n")
    answers = ["12", "open the shop", "search for boots", "👍", "[cid:image001.png@01DC]"]
    body = "\n".join(line if line in answers else f"{mark}{line}" for line in lines.split("\n"))
    assert theirs(body) == answers


def test_bare_labels_with_answers_between_are_ours():
    body = "Affected users:\nabout 12\nSteps to reproduce:\nopen the shop\nExpected:\na page\nObserved:\nnothing\n\nBye"
    assert theirs(body) == ["about 12", "open the shop", "a page", "nothing", "Bye"]


@pytest.mark.parametrize("answer", ["12", "-", "?", "✓", "n/a", "—", "👍 yes", "[image: shot.png]"])
@pytest.mark.parametrize("question", ["Affected users:", "Observed:", "second server. Is it faster now?"])
@pytest.mark.parametrize("mark", ["> ", ""])
def test_an_answer_behind_our_words_makes_the_line_his(question, mark, answer):
    body = quoted(SENT, mark).replace(question, f"{question} {answer}")
    (line,) = theirs(body)
    assert line.endswith(f"{question} {answer}")


def test_a_value_taken_out_of_a_line_makes_it_his():
    sent = "What we understood\n  Kind: it is slow\n  Affected users: about 25\n  Started at: Friday 20 November\n"
    body = "> What we understood\n>   Kind: it is slow\n>   Affected users: 25\n>   Started at: Friday 20 November"
    assert theirs(body, sent) == [">   Affected users: 25"]


@pytest.mark.parametrize(
    "words",
    [
        "Hello Nora",
        "Best regards\nNora",
        "Best regards",
        "Expected:\na page",
        "You said that\nthe search index was being rebuilt until noon\nbut that is not so.",
        "Kind regards\nNora Wind\nNorthwind Outdoor Ltd, 4 Quay Road, Leith",
        "which of the two lamps",
        "Please open https://status.example/login?next=https://status.example/search and see",
        "https://status.example/search",
        "Search is very slow.",
    ],
)
@pytest.mark.parametrize("mark", ["> ", ""])
@pytest.mark.parametrize("below", [False, True])
def test_words_that_are_ours_by_chance_stay_his(words, mark, below):
    quotation = "\n".join(("On Saturday the desk wrote:", "", quoted(SENT, mark)))
    body = f"{quotation}\n\nWell.\n{words}" if below else f"{words}\nWell.\n\n{quotation}"
    assert theirs(body) == (
        ["On Saturday the desk wrote:", "Well.", *words.split("\n")]
        if below
        else [*words.split("\n"), "Well.", "On Saturday the desk wrote:"]
    )


def test_a_closing_below_a_shortened_quotation_stays_his():
    assert theirs("> tell us which of the two lamps you see.\n> Observed:\nnothing\n\nBest regards\nNora") == [
        "nothing",
        "Best regards",
        "Nora",
    ]


NIGHT = (
    "From tonight on the whole index is rebuilt every night at three, so that nobody in your shop waits for it by day."
)


@pytest.mark.parametrize(
    "body",
    [
        NIGHT.replace("From tonight on the whole", "You wrote that from tonight on the\nwhole") + "\nWell.",
        f"Good.\n{NIGHT.removesuffix('day.')}\nweek.",
    ],
)
def test_a_piece_of_our_sentence_within_his_is_his(body):
    assert theirs(body, NIGHT + "\n\nAnything else?") == body.split("\n")


def test_a_label_below_a_quotation_that_bears_marks_is_his():
    lamps = "> Please open https://status.example/search and tell us which of the two lamps you see."
    assert theirs(f"{lamps}\n>\n> Affected users:\n12\nSteps to reproduce:\nopen the shop") == [
        "12",
        "Steps to reproduce:",
        "open the shop",
    ]
    assert theirs(f"{lamps}\n>\n> Affected users:\nSteps to reproduce:\nopen it") == ["Steps to reproduce:", "open it"]


def test_two_labels_alone_are_his():
    body = "Expected:\na page\nObserved:\nnothing"
    assert theirs(body) == body.split("\n")


def test_a_closing_below_an_unmarked_quotation_stays_his():
    body = SENT[SENT.index("Please") : SENT.index("Best")].rstrip() + "\nnothing\n\nBest regards\nNora"
    assert theirs(body) == ["nothing", "Best regards", "Nora"]


def test_short_lines_between_two_of_ours_are_ours():
    sent = (
        "Tell us where the beds of the ward stand:\nfloor\nname of it\nbeds\nWe call back on Monday before noon then."
    )
    body = sent.replace("floor", "floor\nthird").replace("of it", "of it\nSt Anne").replace("beds\nWe", "beds\n12\nWe")
    assert theirs(body, sent) == ["third", "St Anne", "12"]


def test_words_that_stand_twice_in_our_text_have_their_own_place():
    line = "the index is rebuilt every night at three"
    sent = f"As we said, {line} and you notice nothing.\n\nGood morning Nora\n{line}\nGoodbye"
    assert theirs(f"Yes.\n\nGood morning Nora\n{line}\nNot here.", sent) == ["Yes.", "Not here."]


def test_only_broken_words_are_mended():
    assert theirs("> we can\n> not do it today and cannot", "we can not do it today and cannot do it") == []
    assert theirs("> the answer is un\ncertain", "the answer is uncertain for now") == ["> the answer is un", "certain"]


def test_a_target_alone_on_its_line_is_no_line_of_his():
    link = "https://status.example/search"
    assert theirs(f"> Please look at {link}\n> <{link}>\n\nDone", f"Please look at {link}\nThank you") == ["Done"]


def test_a_dash_that_we_wrote_is_ours():
    assert theirs("> What we understood\n> Affected users: -", "What we understood\nAffected users: -\n") == []


def test_what_our_own_layout_quotes_is_no_mark_of_the_client():
    first = "Reply and it goes to Nora, with #note it stays inside.\n\nBefore\n"
    sent = f"{first}  Fri 14:00 Nora\n    Slow.\n  Fri 14:00 the desk\n    Yes."
    body = f"#close\n\n{first}\nFri 14:00 Nora\n\n> Slow.\n\nFri 14:00 the desk\n\n> Yes."
    assert theirs(body, sent) == ["#close"]


def test_parts_may_be_missing_or_in_another_order():
    assert (
        theirs("> Affected users:\n> Observed:\n>\n> Is it faster now?\n> Please open https://status.example/search")
        == []
    )
    assert (
        theirs("> the search index was being rebuilt until noon. Please open https://status.example/search and tell")
        == []
    )


def test_a_translated_quotation_is_nobodys():
    body = "Ja.\n\n> Hallo Nora,\n>\n> der Suchindex wurde bis Mittag neu aufgebaut. Ist es jetzt schneller?"
    assert ours(body.split("\n"), (SENT,)) == [False] * 5


def test_nothing_sent_means_nothing_ours():
    assert ours(["> a", "b"], ()) == [False, False]
    assert ours(["> a", "b"], ("", "\n")) == [False, False]
    assert ours([], (SENT,)) == []


def test_any_of_several_mails_may_come_back():
    assert theirs("> " + GERMAN.split("\n")[2] + "\nja\n> Is it faster now?", SENT, GERMAN) == ["ja"]


def test_words_of_two_mails_do_not_make_a_line():
    assert theirs("> one two three four five six", "one two three", "four five six") == [
        "> one two three four five six"
    ]


def inserted(body, *sent):
    lines = body.split("\n")
    return [
        line for line, origin in zip(lines, origins(lines, sent or (SENT,)), strict=True) if origin is Origin.INSERTED
    ]


def test_answers_that_the_client_marked_as_quoted_are_known():
    body = quoted(
        SENT.replace("users:", "users: 12").replace("reproduce:", "reproduce:\nopen the shop\n\nsearch for boots")
    )
    body = body.replace("Expected:", "Expected: -").replace("Observed:", "Observed:\n> a blank page")
    assert inserted("Hello\n\n" + body) == [
        "> Affected users: 12",
        "> open the shop",
        "> search for boots",
        "> Expected: -",
        "> a blank page",
    ]


@pytest.mark.parametrize(
    "body",
    [
        quoted(SENT).replace("memory of the second server", "m?mory of the second server"),
        quoted(SENT) + "\n> What stands below the end",
        "> What stands above\n" + quoted(SENT),
        quoted(SENT).replace("> Expected:", "> Expected:\n> > deeper"),
        quoted(SENT).replace("> Best", "> > deeper\n> Best"),
        quoted(SENT).replace("> Expected:", "> Expected:\n> <https://links.example/?u=desk>"),
        SENT.replace("Expected:", "Expected:\na page"),
    ],
)
def test_not_every_strange_line_is_an_answer(body):
    assert inserted(body) == []


MANY = 1_000_000
WORDS = SENT.split()
WORST = {
    "one word": ("na " * (MANY // 3), "na " * (MANY // 3)),
    "one word a line": ("na\n" * (MANY // 3), "na\n" * (MANY // 3)),
    "all lines equal": ("> Best regards\n" * (MANY // 15), "Best regards\n" * (MANY // 13)),
    "nothing but our runs": ("\n".join(" ".join(WORDS[n % 40 : n % 40 + 4]) for n in range(MANY // 25)), SENT * 2_000),
    "characters": ("日\n" * (MANY // 2), "日" * MANY),
    "characters that grow": ("\ufdfa" * MANY, "\ufdfa\n" * (MANY // 2)),
    "links": ("> <https://a.example/b https://a.example/b\n" * (MANY // 42), "https://a.example/b <" * (MANY // 21)),
    "open brackets": ("<mailto:[image: " * (MANY // 16), "[cid:<https://" * (MANY // 14)),
    "gateways": ("https://x.safelinks.protection.outlook.com/?url=https%3a" * (MANY // 56), "http://" * (MANY // 7)),
    "marks": ("> \n" * (MANY // 3), ">" * MANY),
    "empty lines": ("\n" * MANY, "\n" * MANY),
    "broken words": ("ab-\ncd\n" * (MANY // 7), "abcd\n" * (MANY // 5)),
    "labels": ("> Expected: x\n" * (MANY // 14), "Expected:\n" * (MANY // 10)),
}


@pytest.mark.parametrize("name", WORST)
def test_worst_cases_take_no_time_and_no_memory(name):
    body, sent = WORST[name]
    lines = body.split("\n")
    start = time.process_time()
    assert len(ours(lines, (sent,))) == len(lines)
    assert time.process_time() - start < 0.5
    tracemalloc.start()
    ours(lines, (sent,))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64_000_000


def test_what_is_beyond_the_limits_is_nobodys():
    line = "> the search index was being rebuilt until noon"
    count = limits.ALIGNED_TEXT // len(line) + 5
    assert ours([line] * count, (SENT,)).count(True) == limits.ALIGNED_TEXT // len(line)
    filler = "w " * (limits.SENT_TEXT // 2)
    assert ours([line], (filler, SENT)) == [False]
    assert ours([line], (SENT, filler)) == [True]
    empty = "\n" * (limits.SENT_TEXT // limits.ALIGNED_LINE)
    assert ours([line], (empty + SENT,)) == [False]
    assert ours([""] * (limits.ALIGNED_TEXT // limits.ALIGNED_LINE) + [line], (SENT,))[-1] is False
