"""What the guide says is so: its commands exist, its tables load, its links lead somewhere, and nothing is left out."""

from __future__ import annotations

import json
import pkgutil
import re
import shlex
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import gateway.doctor
from gateway.cli import COMMANDS, main
from gateway.cli.probing import AREA as ROUND_TRIP
from store.records import Verdict

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
STARTER = ROOT / "templates" / "desk" / "starter.toml"
PAGES = {str(file.relative_to(ROOT)): file for file in (ROOT / "README.md", *sorted(DOCS.glob("*.md")))}
TITLE = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
FENCE = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`\n]+)`")
PROGRAM = re.compile(r"(?:^|(?<! -[a-z])\s|/bin/)(?:replydesk|\$R)(?= )")
"""Not the folder, and not the user of `runuser -u replydesk -- …`."""
ALIKE = re.compile(r"^[a-z]+(?:\|[a-z]+)+$")
"""`list|show`: each of them is meant."""


def _text(page: str) -> str:
    return PAGES[page].read_text("utf-8")


def _fences(page: str) -> list[tuple[str, str]]:
    """Each fenced block, as (what it is, its words)."""
    return [(kind.strip(), body) for _, kind, body in FENCE.findall(_text(page))]


def _prose(page: str) -> str:
    return FENCE.sub("", _text(page))


# Commands


def _lines(page: str) -> Iterator[str]:
    """What stands behind `replydesk` in the blocks and in the words, and `mail raw N` in the words alone."""
    for kind, body in _fences(page):
        if kind in ("", "sh"):
            for line in re.sub(r"\\?\n +(?=--|deliver)", " ", body).splitlines():
                yield from _called(line)
    for span in SPAN.findall(_prose(page)):
        called = list(_called(span))
        yield from called or ([span] if span.split(" ")[0] in COMMANDS else [])


def _called(line: str) -> Iterator[str]:
    for part in re.split(r"\s(?:&&|\|(?=\s))", re.sub(r"\s#\s.*", "", line)):
        if found := PROGRAM.search(part):
            yield part[found.end() :].strip()


def _words(line: str) -> list[str]:
    line = re.sub(r"[\[\]…]|\s[<>].*", " ", line)
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _wrong(line: str) -> str:
    """What of a command line is not there; empty when all is."""
    words = _words(line.replace('"', ""))
    while words and words[0].startswith("--"):
        name = words.pop(0)
        if name not in ("--config", "--version"):
            return f"replydesk has no {name}"
        if name == "--config":
            words = words[1:]
    return _wrong_below(main, words, "replydesk")


def _wrong_below(command: click.Command, words: list[str], name: str) -> str:
    context = click.Context(command, info_name=name)
    if isinstance(command, click.Group) and words:
        head, rest = words[0], words[1:]
        for one in head.split("|") if ALIKE.match(head) else [head]:
            below = command.get_command(context, one)
            if below is None:
                return f"{name} has no {one}" if re.fullmatch(r"[a-z-]+", one) else ""
            if wrong := _wrong_below(below, rest, f"{name} {one}"):
                return wrong
        return ""
    known = {option for parameter in command.get_params(context) for option in parameter.opts}
    for word in words:
        for option in re.findall(r"(?:^|\|)(--[a-z-]+)", word):
            if option not in known:
                return f"{name} has no {option}"
    return ""


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_guide_exists_with_its_options(page):
    assert {line: wrong for line in _lines(page) if (wrong := _wrong(line))} == {}


def test_a_command_that_is_not_there_is_found():
    assert _wrong("mail lsit") == "replydesk mail has no lsit"
    assert _wrong("--config FILE queue list --sate held") == "replydesk queue list has no --sate"
    assert _wrong("mail list|shwo") == "replydesk mail has no shwo"
    assert list(_called("runuser -u replydesk -- replydesk doctor --dns  # so")) == ["doctor --dns"]
    assert sum(1 for page in PAGES for _ in _lines(page)) > 200


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_stands_in_the_readme(command):
    assert re.search(rf"`(?:replydesk )?{command}[ `]", _text("README.md"))


# Configuration


def _tables() -> list[Any]:
    found = []
    for page in PAGES:
        blocks = [body for kind, body in _fences(page) if kind.split(" ")[0] == "toml"]
        found += [pytest.param(body, id=f"{page}-{number}") for number, body in enumerate(blocks, start=1)]
    return found


def _laid(over: dict[str, Any], below: dict[str, Any]) -> dict[str, Any]:
    """Tables are merged, lists of tables get longer, everything else is replaced."""
    both = dict(below)
    for key, value in over.items():
        old = both.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            both[key] = _laid(value, old)
        elif isinstance(value, list) and isinstance(old, list) and value and isinstance(value[0], dict):
            both[key] = [one for one in old if not _alike(one, value)] + value
        else:
            both[key] = value
    return both


def _alike(one: dict[str, Any], tables: list[dict[str, Any]]) -> bool:
    return any(one.get("name", one) == other.get("name", other) for other in tables)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def _checked(folder: Path, block: str) -> str:
    tree = _laid(tomllib.loads(block), tomllib.loads(STARTER.read_text("utf-8")))
    file = folder / "replydesk.toml"
    file.write_text("".join(f"{key} = {_toml(value)}\n" for key, value in tree.items()), "utf-8")
    result = CliRunner().invoke(main, ["--config", str(file), "config", "check"], env={})
    return "" if result.exit_code == 0 else result.output


@pytest.mark.parametrize("block", _tables())
def test_every_table_of_the_guide_loads_on_a_fresh_desk(block, tmp_path):
    assert _checked(tmp_path, block) == ""


def test_a_table_that_does_not_load_is_found(tmp_path):
    assert "outgoing.starttls" in _checked(tmp_path, '[outgoing]\nstarttls = "must"\n')
    assert "pol_seconds" in _checked(tmp_path, '[[imap]]\nhost = "a.example"\npol_seconds = 3\n')


# Links


@cache
def _anchors(file: Path) -> frozenset[str]:
    """The anchors of a page's titles, as GitHub makes them."""
    titles = TITLE.findall(FENCE.sub("", file.read_text("utf-8")))
    bare = (re.sub(r"\[([^\]]*)\]\([^)]*\)|`", r"\1", title) for title in titles)
    return frozenset(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in bare)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_the_guide_leads_somewhere(page):
    dead = []
    for target in LINK.findall(_prose(page)):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        file = (PAGES[page].parent / name).resolve() if name else PAGES[page]
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            dead.append(target)
    assert dead == []


def test_the_contents_name_every_page():
    links = {target.partition("#")[0] for target in LINK.findall(_text("docs/README.md"))}
    assert {file.name for file in DOCS.glob("*.md")} - {"README.md"} <= links


# Nothing left out


def test_every_verdict_has_its_entry_with_what_to_do():
    parts = re.split(r"^### `([a-z-]+)`$", _text("docs/verdicts.md"), flags=re.MULTILINE)
    entries = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert list(entries) == list(dict.fromkeys(parts[1::2]))
    assert set(entries) == {verdict.value for verdict in Verdict}
    assert [verdict for verdict, words in entries.items() if "**Do**" not in words] == []


def _areas() -> set[str]:
    modules = (import_module(f"gateway.doctor.{one.name}") for one in pkgutil.iter_modules(gateway.doctor.__path__))
    return {module.AREA for module in modules if hasattr(module, "AREA")} | {ROUND_TRIP}


def test_every_area_of_the_doctor_stands_in_the_troubles():
    rows = set(re.findall(r"^\| `([a-z ]+)` \|", _text("docs/troubles.md"), re.MULTILINE))
    assert rows >= _areas()
    assert len(_areas()) >= 15
