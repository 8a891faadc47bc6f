"""What a mail says: a letter's facts become words and times of one language, templates put them in their places.

In: a `Letter`. Out: the language that it is in, its text and its HTML. It never lets a fact become markup or a
template, and does no I/O beyond reading its own templates once.
"""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, TemplateNotFound, select_autoescape
from markupsafe import Markup, escape

from gateway.letter import OPTIONAL_FACTS, Letter, clean_facts, clean_line, cut, shorten
from store.records import Purpose

_DEFAULT_LANGUAGE = "en"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_MOST_UNDERSTOOD = 7  # an acknowledgement has at most 14 lines of its own
_LONGEST_WORDS = 9_000  # of others' words in a mail of ours, so that its HTML stays under 60 KB


def render(letter: Letter) -> tuple[str, str, str]:
    """The language that the mail is in, its text and its HTML. A language without this template gives way as a whole
    to English: a mail is never mixed."""
    language = letter.language.partition("-")[0].lower()
    if (pair := _templates(language, letter.purpose)) is None:
        language = _DEFAULT_LANGUAGE
        pair = _templates(language, letter.purpose)
        assert pair is not None
    facts = {**OPTIONAL_FACTS[letter.purpose], **clean_facts(letter.facts)}
    speech = _Speech(language, letter)
    view = _VIEWS[letter.purpose](facts, speech) if letter.purpose in _VIEWS else facts
    view.update(language=language, reference=clean_line(letter.reference), subject=clean_line(letter.subject))
    return language, pair[0].render(view), pair[1].render(view)


class _Speech:
    """How one language names things and times in this letter's zone."""

    def __init__(self, language: str, letter: Letter) -> None:
        self._tongue = _tongue(language)
        self._zone = ZoneInfo(letter.zone)
        self._date = letter.date

    def label(self, key: str) -> str:
        """The name of a field; an unknown one is shown as it is written."""
        return self._tongue["labels"].get(key) or key.replace("_", " ").capitalize()

    def value(self, key: str, value: Any) -> str:
        """A value of a field: words for the desk's own terms, times as times."""
        text = str(value)
        return self._tongue["values"].get(key, {}).get(text) or self.moment(text) or shorten(text, 60)

    def moment(self, time: str, form: str = "moment") -> str:
        """An RFC 3339 time as the language says it; empty when it is none. A far one gets its year."""
        if (instant := _instant(time)) is None:
            return ""
        tongue, at = self._tongue, instant.astimezone(self._zone)
        if abs((at - self._date).days) > (6 if form == "short" else 180):
            form += "_far"
        day = tongue["first_day"] if at.day == 1 else str(at.day)
        weekday, month = tongue["weekdays"][at.weekday()], tongue["months"][at.month - 1]
        zone = tongue["zones"].get(self._zone.key) or self._zone.key.rpartition("/")[2].replace("_", " ")
        words = {"weekday": weekday, "day": day, "month": month, "year": at.year, "zone": zone}
        return str(tongue["forms"][form].format(hour=at.hour, minute=f"{at.minute:02}", **words))

    def left(self, due: str, now: str) -> str:
        """`3 h left` or `2 h over`, computed from `now` or, without it, from the date of the letter."""
        seconds = ((_instant(due) or self._date) - (_instant(now) or self._date)).total_seconds()
        minutes = int(abs(seconds) // 60)
        large = (minutes // 60, "h") if minutes < 2880 else (minutes // 1440, "d")
        amount, unit = (minutes, "min") if minutes < 60 else large
        return f"{amount} {unit} {self._tongue['forms']['left' if seconds >= 0 else 'over']}"

    def changed(self, what: str, actor: str) -> str:
        """What became of a ticket, when nobody said it more exactly."""
        return str(self._tongue["changed"].get(what, "{actor}").format(actor=actor))


def _acknowledgement(facts: dict[str, Any], speech: _Speech) -> dict[str, Any]:
    understood = {str(key): speech.value(key, value) for key, value in facts["understood"]}
    if "kind" in understood and (topic := understood.pop("topic", "")):  # one line, as a person would say it
        subtopic = understood.pop("subtopic", "")
        understood["kind"] += f" ({topic}, {subtopic})" if subtopic else f" ({topic.replace(' / ', ', ')})"
    facts["understood"] = [(speech.label(key), value) for key, value in understood.items()][:_MOST_UNDERSTOOD]
    facts["answer_by"] = speech.moment(facts["answer_by"])
    return facts


def _answer(facts: dict[str, Any], speech: _Speech) -> dict[str, Any]:
    facts["history"] = [(speech.moment(h["at"]), h["who"], cut(h["text"], 2_000)) for h in facts["history"][:2]]
    return facts


def _notice(facts: dict[str, Any], speech: _Speech) -> dict[str, Any]:
    due = facts["due"]
    facts["due"] = speech.moment(due, "short")
    facts["due_left"] = speech.left(due, facts["now"]) if facts["due"] else ""
    facts["changed"] = facts["changed"] or speech.changed(facts["what"], facts["actor"])
    facts["first"] = facts["status"] in ("", "new", "accepted")
    facts["status"] = facts["status"].replace("_", " ")
    facts["words"] = cut(facts["words"], _LONGEST_WORDS)
    if facts["forwarded"]:
        room = max(1_000, _LONGEST_WORDS - len(facts["words"]))
        facts["forwarded"] = {**facts["forwarded"], "text": cut(facts["forwarded"]["text"], room)}
    name = facts["requester"].partition("<")[0].strip() or facts["requester"].strip("<>")
    name = facts["requester_name"] or name
    facts["name"] = name if "," in name else name.partition(" ")[0]  # "Wind, Nora" is no first name
    facts["files"] = [(file["filename"], _size(file["size"])) for file in facts["files"]]
    entries = facts["entries"][-3:]
    facts["entries"] = [(speech.moment(e["at"], "short"), e["actor"], cut(e["text"], 500)) for e in entries]
    earlier = facts["earlier"] or {}
    facts.update(earlier_count=earlier.get("count", 0), earlier_open=earlier.get("open", 0))
    return facts


def _transcript(facts: dict[str, Any], _speech: _Speech) -> dict[str, Any]:
    facts["done"] = [(step["line"], step["before"], step["after"]) for step in facts["done"]]
    facts["sent"] = [(mail["to"], mail["what"]) for mail in facts["sent"]]
    return facts


def _undelivered(facts: dict[str, Any], _speech: _Speech) -> dict[str, Any]:
    facts["words"] = cut(facts["words"], _LONGEST_WORDS)
    return facts


def _confirmation(facts: dict[str, Any], speech: _Speech) -> dict[str, Any]:
    facts.update(came=speech.moment(facts["came"]), lapses=speech.moment(facts["lapses"]))
    return facts


_VIEWS: Mapping[Purpose, Callable[[dict[str, Any], _Speech], dict[str, Any]]] = {
    Purpose.ACKNOWLEDGEMENT: _acknowledgement,
    Purpose.ANSWER: _answer,
    Purpose.NOTICE: _notice,
    Purpose.TRANSCRIPT: _transcript,
    Purpose.UNDELIVERED: _undelivered,
    Purpose.CONFIRMATION: _confirmation,
}


def _instant(time: str) -> datetime | None:
    """A time if it is one: what customers wrote may only look like it, and no zone may overflow."""
    try:
        instant = datetime.fromisoformat(time) if _MOMENT.fullmatch(time) else None
    except ValueError:
        return None
    return instant if instant and 1970 <= instant.year < 9999 else None


def _size(octets: int) -> str:
    return (
        f"{octets} bytes"
        if octets < 1_000
        else f"{octets // 1_000} KB"
        if octets < 10**6
        else f"{octets / 10**6:.1f} MB"
    )


def _paragraphs(text: str) -> Markup:
    """Text as HTML with its paragraphs, line ends and indents kept; everything in it is escaped.

    The source breaks inside the tags, where it shows nothing and keeps the lines of the mail short.
    """
    safe = re.sub("\n(?:[ \t]*\n)+", "</p><p\r>", str(escape(text))).replace("\n", "<br\n>").replace("\r", "\n")
    return Markup(f"<p>{safe}</p>")  # noqa: S704  (escaped one line above)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, 72, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _prose(text: str, indent: str = "") -> str:
    """Each line wrapped, but a command for a shell: it is copied as it stands."""
    lines = text.split("\n")
    return "\n".join(indent + line if line.startswith("replydesk ") else _wrapped(line, indent) for line in lines)


@cache
def _tongue(language: str) -> dict[str, Any]:
    return tomllib.loads(files("templates").joinpath("languages", f"{language}.toml").read_text("utf-8"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("templates", "mail"),
        autoescape=select_autoescape(("html",), ("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(paragraphs=_paragraphs, quoted=_quoted, wrapped=_wrapped, prose=_prose)
    return environment


@cache
def _templates(language: str, purpose: Purpose) -> tuple[Template, Template] | None:
    """The text and the HTML template, compiled once; None unless the language has both."""
    if not re.fullmatch("[a-z]{2,3}", language):
        return None
    try:
        text, html = (_environment().get_template(f"{language}/{purpose}.{kind}") for kind in ("txt", "html"))
    except TemplateNotFound:
        return None
    return text, html
