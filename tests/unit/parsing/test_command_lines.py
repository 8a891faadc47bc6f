"""What clients make of a command's line is taken back: bullets, broken lines, links; and what is no command stays."""

from __future__ import annotations

import time

import pytest

from parsing.command import commands
from parsing.pages.flow import unlinked

LONG = "#resolve the index was rebuilt in the night, and the search of the shop is"


def found(words: str) -> list[tuple[str, str]]:
    return [(command.verb, command.args) for command in commands(words).commands]


@pytest.mark.parametrize("bullet", ["•\t", "· ", "- ", "* ", "\uf0b7\u00a0", "o\t", "– ", "§ "])
def test_a_bullet_before_a_command_is_the_clients(bullet: str) -> None:
    assert found(f"{bullet}#accept\n{bullet}#tag +x\n\nHello") == [("accept", ""), ("tag", "+x")]


@pytest.mark.parametrize("words", ["-#accept", "- #1 is broken", "- # heading", "o accept", "- @anna", "• !start"])
def test_a_bullet_before_words_is_theirs(words: str) -> None:
    assert commands(words).commands == ()
    assert commands(words).rest == words


@pytest.mark.parametrize(
    ("words", "verbs", "rest"),
    [
        (f"{LONG}\nfast again\n#tag +x\n\nHello", [("resolve", f"{LONG[9:]} fast again"), ("tag", "+x")], "Hello"),
        (f"{LONG}\n\nfast again", [("resolve", LONG[9:])], "fast again"),
        ("#resolve rebuilt\nfast again", [("resolve", "rebuilt")], "fast again"),
        (f"{LONG}.\nHello Nora,", [("resolve", f"{LONG[9:]}.")], "Hello Nora,"),
        (f"{LONG},\nHello", [("resolve", f"{LONG[9:]}, Hello")], ""),
        (f"{LONG} {LONG[9:]}\nfast again", [("resolve", f"{LONG[9:]} {LONG[9:]}")], "fast again"),
    ],
)
def test_a_broken_command_is_joined_where_its_next_word_did_not_fit(
    words: str, verbs: list[tuple[str, str]], rest: str
) -> None:
    assert found(words) == verbs
    assert commands(words).rest == rest


def test_what_nobody_can_tell_is_no_block() -> None:
    """A capital letter below a full line: a noun of the command, or what the customer is to read."""
    block = commands(f"#tag +x\n{LONG}\nSuche\n")
    assert (block.commands, block.looks_like_command) == ((), True)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("#cc bob@x.example<mailto:bob@x.example>", "#cc bob@x.example"),
        ("Bob <bob@x.example<mailto:Bob@X.example>>, Eve", "Bob <bob@x.example>, Eve"),
        ("bob@x.example <mailto:bob@x.example> too", "bob@x.example too"),
        ("bob@x.example<mailto:eve@x.example>", "bob@x.example<mailto:eve@x.example>"),
        ("write <mailto:bob@x.example>", "write <mailto:bob@x.example>"),
    ],
)
def test_a_link_that_repeats_its_address_goes(text: str, left: str) -> None:
    assert unlinked(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "a@b<mailto:" * 200_000,
        "a@" * 500_000 + "<mailto:",
        "<mailto:a@b>" * 100_000,
        ("x" * 63 + "@") * 20_000 + " <mailto:x",
        "#resolve " + ("x" * 70 + "\n" + "y" * 5) * 20_000,
        ("#resolve " + "x" * 66 + "\n" + "y" * 9 + "\n") * 20_000,
        "• " * 500_000 + "#accept",
    ],
)
def test_the_worst_case_costs_little(text: str) -> None:
    began = time.process_time()
    unlinked(text)
    commands(text)
    assert time.process_time() - began < 1.0
