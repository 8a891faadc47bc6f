"""The block at the top of an agent's words, in all the ways in which mail clients write it."""

from __future__ import annotations

import time
from email.message import EmailMessage

import pytest

from parsing import limits
from parsing.command import commands
from parsing.message import Reading
from parsing.reading import read


def block(words: str) -> list[tuple[str, str]]:
    return [(command.verb, command.args) for command in commands(words).commands]


@pytest.mark.parametrize(
    ("words", "found", "rest"),
    [
        ("#accept\n#tag +x\n\nHello", [("accept", ""), ("tag", "+x")], "Hello"),
        ("\n\n \n#accept\nHello", [("accept", "")], "Hello"),
        ("\u00a0\n\u200b\n#accept\nHello", [("accept", "")], "Hello"),
        ("\u200b#accept\u00a0\nHello", [("accept", "")], "Hello"),
        ("#todo\u00a0look\u00a0here", [("todo", "look here")], ""),
        ("#todo say \u201cyes\u201d, it\u2019s \u2013 fine", [("todo", 'say "yes", it\'s - fine')], ""),
        ("\uff03accept\n\uff20start\n\uff01close", [("accept", ""), ("start", ""), ("close", "")], ""),
        ("@accept\n!start\nHello", [("accept", ""), ("start", "")], "Hello"),
        ("#ACCEPT", [("accept", "")], ""),
        ("#dry\u2011run", [("dry-run", "")], ""),
        ("#accept\n#end\n#1 is broken", [("accept", "")], "#1 is broken"),
        ("#accept\n#end\n#close", [("accept", "")], "#close"),
        ("#-- #accept\nHello", [], "#accept\nHello"),
        ("#--#accept", [], "#accept"),
        ("# heading\n#accept", [], "# heading\n#accept"),
        ("#1 is broken", [], "#1 is broken"),
        ("Hello\n#accept", [], "Hello\n#accept"),
        ("#accept\n\n#close\n\nHello", [("accept", ""), ("close", "")], "Hello"),
        ("#accept\n\n \n\u200b\n#close", [("accept", ""), ("close", "")], ""),
        ("#accept\n\n@anna could you", [("accept", "")], "@anna could you"),
        ("#accept\n\n#1 is broken\n#close", [("accept", "")], "#1 is broken\n#close"),
        ("#accept\n\n#-- #close", [("accept", "")], "#close"),
        ("#accept\n\n# heading", [("accept", "")], "# heading"),
        ("#accept\n#close!\n\nHello", [("accept", ""), ("close!", "")], "#close!\n\nHello"),
        ("#accept\n\n#tag+x now\nHello", [("accept", ""), ("tag+x", "")], "#tag+x now\nHello"),
        ("", [], ""),
        ("\n\n", [], ""),
    ],
)
def test_what_is_a_command_and_what_are_words(words: str, found: list[tuple[str, str]], rest: str) -> None:
    assert block(words) == found
    assert commands(words).rest.strip() == rest


@pytest.mark.parametrize(
    ("words", "below", "rest"),
    [
        ("Hello\n#resolve fixed", ["resolve"], "Hello\n#resolve fixed"),
        ("#accept\nHello\n\n • \uff03Resolve\u00a0fixed", ["resolve"], "Hello\n\n • \uff03Resolve\u00a0fixed"),
        ("Hello\n> #resolve fixed", [], "Hello\n> #resolve fixed"),
        ("Hello, the tag #resolve", [], "Hello, the tag #resolve"),
        ("Hello\n#1 is broken\n# heading\n#close!", [], "Hello\n#1 is broken\n# heading\n#close!"),
        ("Hello\n #-- #resolve fixed\n#\u2013- x", [], "Hello\n#resolve fixed\nx"),
        ("#-- #resolve a\n#resolve b", ["resolve"], "#resolve a\n#resolve b"),
        ("#accept\n#end\n#close\n#-- b", [], "#close\n#-- b"),
        ("Hello\n" + "#resolve\n" * 10_000, ["resolve"] * 20, ("Hello\n" + "#resolve\n" * 10_000).strip()),
    ],
)
def test_a_line_of_the_words_that_is_written_as_a_command_is_told(words: str, below: list[str], rest: str) -> None:
    found = commands(words)
    assert [one.verb for one in found.below] == below
    assert found.rest == rest


def test_an_end_of_nothing_is_told() -> None:
    assert block("\n#end\n") == [("end", "")]
    assert block("#end\nHello") == []


@pytest.mark.parametrize(
    "words", ["#close!", "#resolve:done", "#accept, please", "#tag+x", "#close.\n\nHello Nora", "@close\n", "!close"]
)
def test_a_first_line_that_looks_like_a_command_is_known_for_one(words: str) -> None:
    """It holds the mail, whether it can be read or not: it is nobody's public answer."""
    assert commands(words).looks_like_command


@pytest.mark.parametrize("words", ["@Anna, could you look?", "#1 is broken", "#-- #close", "Hi!", "!!! urgent", "# x"])
def test_words_are_no_command(words: str) -> None:
    assert not commands(words).looks_like_command


HTML = {
    "paragraphs": "<p>#accept</p><p>#tag +x</p><p>Hello Nora,</p>",
    "breaks": "<div>#accept<br>#tag +x<br><br>Hello Nora,</div>",
    "outlook": '<p class="MsoNormal">#accept<o:p></o:p></p><p class="MsoNormal">#tag&nbsp;+x<o:p></o:p></p>'
    '<p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">Hello Nora,<o:p></o:p></p>',
    "gmail": '<div dir="ltr"><div>#accept</div><div>#tag +x</div><div><br></div><div>Hello Nora,</div></div>',
    "blank": "<div><br></div><div>&#8203;#accept</div><div>#tag +x</div><div>Hello Nora,</div>",
}


@pytest.mark.parametrize("shape", HTML)
def test_commands_of_a_mail_that_is_html_only(shape: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "anastasia@desk.example", "desk@desk.example", "Re: x"
    mail.set_content(f"<html><body>{HTML[shape]}</body></html>", subtype="html")
    words = read(mail.as_bytes(), Reading(languages=("en",)), "anastasia@desk.example").reply
    assert block(words) == [("accept", ""), ("tag", "+x")]
    assert commands(words).rest.strip() == "Hello Nora,"


def test_a_block_that_is_too_long_is_none() -> None:
    whole = commands("#note\n" * (limits.COMMANDS + 1) + "Hello")
    assert whole.commands == ()
    assert whole.looks_like_command


def test_a_block_is_read_in_time_that_grows_with_it() -> None:
    worst = ["#" + "a" * 30 + " " * 1_000_000, "\u200b" * 1_000_000 + "#close", "\n" * 500_000 + "#close",
             "#a " * 300_000, "#note\n" + "\n" * 500_000 + "x", ("#note " + "x" * 1_190 + "\n") * 2_000]  # fmt: skip
    for words in worst:
        began = time.process_time()
        commands(words)
        assert time.process_time() - began < 0.8, words[:20]
