"""The words of header blocks and separators, and the block itself (intake 62)."""

import pytest

from parsing import limits
from parsing.message import Mailbox
from parsing.words import blocks, masthead


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("From: x", "from"),
        ("*De :* x", "from"),
        ("> Von: x", "from"),
        ("Envoyé : lundi", "date"),
        ("Päiväys: x", "date"),
        ("件名：x", "subject"),
        ("Για: x", ""),
        ("Κοινοποίηση: x", "other"),
        ("To whom it may concern: x", ""),
        ("mailto:a@b.test", ""),
    ],
)
def test_roles(line, role):
    assert blocks.role(blocks.visible(line)) == role


def test_no_word_has_two_roles_by_accident():
    words = [
        word for names in (blocks._FROM, blocks._SENT, blocks._TO, blocks._SUBJECT, blocks._OTHER) for word in names
    ]
    assert [word for word in words if words.count(word) > 1] == []
    assert all(word == word.lower() and len(word) <= 25 for word in words)


@pytest.mark.parametrize("words", [blocks._FORWARD, blocks._ORIGINAL])
def test_every_mark_is_recognised_between_rules(words):
    is_mark = blocks.is_forward if words is blocks._FORWARD else blocks.is_original
    for word in words:
        for line in (f"-------- {word} --------", f"> ----- {word.title()} -----", f"=== {word.upper()} ==="):
            if line.lower().find(word) >= 0:  # capitals of some alphabets are other letters
                assert is_mark(line), line
    assert not is_mark("-------- something else --------")
    assert not is_mark(words[0])
    assert not is_mark(f"-------- {words[0]}s from everybody --------")


def test_a_mark_without_rules_needs_its_colon():
    assert blocks.is_bare_forward("Début du message réexpédié :")
    assert blocks.is_bare_forward("> *Begin forwarded message:*")
    assert not blocks.is_bare_forward("Begin forwarded message")
    assert not blocks.is_bare_forward("He called it a forwarded message:")


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        ("Carla Roth <c@x.test>", "Carla Roth", "c@x.test"),
        ('"Roth, Carla" <c@x.test>', "Roth, Carla", "c@x.test"),
        ("Roth, Carla [mailto:c@x.test]", "Roth, Carla", "c@x.test"),
        ("Carla<mailto:c@x.test> <c@x.test<mailto:c@x.test>>", "Carla", "c@x.test"),
        ("c@x.test <c@x.test>", "", "c@x.test"),
        ("'c@x.test' <C@x.test>", "", "c@x.test"),
        ("c@x.test", "", "c@x.test"),
        ("Carla (c@x.test)", "Carla", "c@x.test"),
        ('"王伟" <w@x.test>;', "王伟", "w@x.test"),
        ("=?utf-8?q?J=C3=B6rg?= <j@x.test>", "Jörg", "j@x.test"),
        ("O'Neil <o'neil@x.test>", "O'Neil", "o'neil@x.test"),
        ("Pool <pool@x.test> on behalf of Carla <c@x.test>", "Pool", "pool@x.test"),
    ],
)
def test_one_mailbox_in_any_dress(value, name, address):
    assert masthead.mailbox(value) == Mailbox(name=name, address=address)


@pytest.mark.parametrize(
    "value",
    [
        "Carla Roth",
        "a@x.test, b@x.test",
        '"boss@x.test" <evil@y.test>',
        "list@lists.test on behalf of Carla",
        "list@lists.test [mailto:list@lists.test] On Behalf Of Carla <c@x.test>",
        "Carla <c@>",
        "",
    ],
)
def test_a_doubtful_mailbox_is_none(value):
    assert masthead.mailbox(value) is None


def _read(text, start=0):
    return masthead.read([blocks.visible(line) for line in text.split("\n")], start)


def test_fields_are_joined_only_where_a_client_had_to_break_them():
    wrapped = (
        "From: Carla <c@x.test>\nTo: a@x.test,\nb@x.test\nSubject: a subject that is so long that its client broke it"
        " here and\ngoes on\n\nbody"
    )
    assert _read(wrapped).subject.endswith("here and goes on")
    assert _read("From: Carla <c@x.test>\nSubject: short\nbody without a blank line").subject == "short"
    assert _read("From: Carla <c@x.test>\nSubject: two\nlines\nTo: x\n\nbody").subject == "two lines"
    assert _read("From: Carla\n<c@x.test>\nSubject: s\n\nbody").author.address == "c@x.test"


def test_blank_lines_in_a_block_are_bridged_for_what_it_lacks():
    text = 'From: "C" <c@x.test>\n\nDate: today\nTo: <a@x.test>\n\n\nSubject: s\n\n\nbody\nTo: nobody'
    found = _read(text)
    assert (found.subject, text.split("\n")[found.end :]) == ("s", ["", "", "body", "To: nobody"])
    assert _read("From: c@x.test\nSubject: s\n\nDate: next week").date == ""


def test_a_table_row_is_a_field():
    assert _read("发件人 | 王伟<w@x.test>\n主题 | 打印机\n\nbody").author == Mailbox(name="王伟", address="w@x.test")
    assert _read("Subject: | s\nFrom: | C <c@x.test>\n\nbody").subject == "s"


def test_a_block_needs_an_author_and_one_field_more():
    assert _read("From: Carla <c@x.test>\n\nbody") is None
    assert _read("Date: x\nSubject: y\nTo: z\n\nbody") is None
    assert _read("From: a@x.test\nFrom: b@x.test\nSubject: s\n\nbody").author is None


def test_a_block_is_bounded():
    lines = ["From: c@x.test", *["Cc: x"] * limits.HEADER_BLOCK_LINES, "Subject: late"]
    assert masthead.read(lines, 0) is None
    assert masthead.read([*lines[:5], lines[-1]], 0).subject == "late"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('D. 28/10/2026 12.46 skrev "John Doe" <j@x.test>:', "John Doe"),
        ("On Oct 27, 2026, at 9:31 AM, Anna van Dyk <j@x.test> wrote:", "Anna van Dyk"),
        ("28/10/2026 12:46 időpontban John Doe (j@x.test) ezt írta:", "John Doe"),
        ("28/10/2026 12:46 používateľ Jana Malá (<j@x.test>) napísal:", "Jana Malá"),
        ('"Ayşe" <j@x.test>, 28/10/2026 12:46 tarihinde şunu yazdı:', "Ayşe"),
        ("Le 28 oct. 2026 à 12:46,\nMarie Curie <j@x.test> a\nécrit :", "Marie Curie"),
    ],
)
def test_attributions(text, name):
    found = masthead.attribution(text.split("\n"), 0)
    assert found.author == Mailbox(name=name, address="j@x.test")
    assert found.end == len(text.split("\n"))


@pytest.mark.parametrize(
    "text",
    ["Please write to j@x.test:", "On 28/10/2026 12:46 she wrote:", "10 20 30 a@x.test b@x.test:", "12345 j@x.test"],
)
def test_no_attribution(text):
    assert masthead.attribution([text], 0) is None


def test_the_block_on_one_line():
    line = 'From: C D <c@x.test>To: "b" <b@x.test>Sent: Tuesday, 09:26:50 AM GMT+1Subject: Re: it'
    found = masthead.on_one_line(line)
    assert (found.author.name, found.date, found.subject) == ("C D", "Tuesday, 09:26:50 AM GMT+1", "Re: it")
    assert masthead.on_one_line("From: C D <c@x.test> and nothing more") is None
    assert masthead.on_one_line("To: C D <c@x.test>Subject: s") is None
