"""Subject, author, recipients and date, and what the text is, as three other projects state them.

In: the `expected` of `robust/manifest.jsonl` by zammad_yml, stalwart_json and imap_tools. Out: scores for subject,
address and display name of the author, recipients, date; for information also the text.

What is normalised, on both sides and for every case:
- texts: white space runs are one space, controls and bidirectional marks are left out (we never let them through), a
  language tag or a replacement character is compared like any other letter;
- names: surrounding quotation marks and backslashes before quotes are no part of a name;
- addresses: compared in lower case; a recipients' list as a set;
- dates: as a moment in UTC; a stated date without a zone is UTC; imap_tools' 1900-01-01 is its word for none;
- text: all white space and our words in the place of images are left out; HTML, stated or ours, is squeezed to its
  letters first.

What is excluded, and counted in the titles: an author where the message has no From header, or one with several
mailboxes (a source then picks one, or takes Reply-To; ours is None on purpose), a stated address that no RFC 5321
address is (a source that splits at white space or keeps a route), a stated text with replacement characters (the source
could not decode it), and a message of which two sources state different things.
"""

from __future__ import annotations

import ast
import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from parsing.address import is_address
from parsing.message import Mailbox, ParsedMail
from parsing.reading import read
from tests.bench.accuracy.score import Row, Score, rows, squeezed

_MARKUP = re.compile(r"(?is)<(?:style|script|head|title)\b.*?</(?:style|script|head|title)\s*>|<!--.*?-->|<[^>]*>")
_PLACE = re.compile(r"\[image: [^\]\n]{0,200}\]")
Stated = dict[str, Any]  # subject, from (name, address), to, date, text: only what the source says
_NONE = object()
_NOBODY: Stated = {"address": _NONE, "name": _NONE}


def scores(corpus: Path) -> list[Score]:
    """One pass over the messages of which something is stated."""
    found = {
        "subject": Score("headers: subject", bar=0.98),
        "address": Score("headers: address of the author", bar=0.98),
        "name": Score("headers: display name of the author", bar=0.98),
        "to": Score("headers: recipients", bar=0.98),
        "date": Score("headers: date", bar=0.98),
        "text": Score("headers: text of the body (for information)"),
    }
    excluded = dict.fromkeys(found, 0)
    for row in rows(corpus / "robust" / "manifest.jsonl"):
        expected = row.get("expected") or {}
        stated = {source: statement(expected[source]) for source, statement in _SOURCES.items() if source in expected}
        if not stated:
            continue
        mail = read((corpus / "robust" / row["file"]).read_bytes())
        if mail.from_defect in {"no From header", "From has several mailboxes", "From has a group"}:
            stated = {
                source: {name: _NONE if name in _NOBODY else value for name, value in values.items()}
                for source, values in stated.items()
            }
        for name, score in found.items():
            excluded[name] += _compare(row, name, stated, mail, score)
    for name, score in found.items():
        score.title += f", {excluded[name]} excluded"
    return list(found.values())


def _compare(row: Row, name: str, stated: dict[str, Stated], mail: ParsedMail, score: Score) -> int:
    """Count the case for each source; the number of excluded ones."""
    said = {source: values[name] for source, values in stated.items() if name in values}
    if name != "text" and len({repr(value) for value in said.values()}) > 1:
        return len(said)
    for source, value in list(said.items()):
        if isinstance(value, str) and "\ufffd" in value:
            said[source] = _NONE
        elif value is not _NONE:
            ours = _OURS[name](mail)
            score.add(row, source, value == ours, f"expected {value!r:.300}, found {ours!r:.300}")
    return sum(value is _NONE for value in said.values())


def _plain(text: str) -> str:
    kept = "".join(" " if char in "\t\r\n" else char for char in text if not _unprintable(char))
    return " ".join(kept.split())


def _unprintable(char: str) -> bool:
    return char not in "\t\r\n" and unicodedata.category(char) in {"Cc", "Cf", "Cs"}


def _name(text: str) -> str:
    return _plain(text.replace('\\"', '"').strip("\"' "))


def _letters(text: str) -> str:
    if "<" in text:
        text = html.unescape(_MARKUP.sub(" ", text))
    return "".join(char for char in squeezed(text) if char.isalnum())


def _author(boxes: list[tuple[str, str]]) -> Stated:
    """Address and name when exactly one mailbox is stated and its address is one."""
    if len(boxes) != 1 or not is_address(boxes[0][1]):
        return _NOBODY
    return {"address": boxes[0][1].lower(), "name": _name(boxes[0][0])}


def _recipients(addresses: Iterable[str]) -> object:
    listed = [address.lower() for address in addresses if address]
    return sorted(set(listed)) if all(is_address(address) for address in listed) else _NONE


def _zammad(row: Stated) -> Stated:
    said: Stated = {}
    if row.get("subject") is not None:
        said["subject"] = _plain(str(row["subject"]))
    if row.get("from_email"):
        said |= _author([(row.get("from_display_name") or "", row["from_email"])])
        if row.get("from_display_name") is None:
            said.pop("name")
    if row.get("to"):
        # Zammad states the decoded header, in which a name may hold a comma without quotes; only addresses count.
        said["to"] = _recipients(re.findall(r"[^\s<>\"',;]{1,200}@[^\s<>\"',;]{1,200}", row["to"]))
    if isinstance(row.get("body"), str):
        said["text"] = _letters(row["body"])
    return said


def _stalwart(row: Stated) -> Stated:
    said: Stated = {}
    if isinstance(row.get("subject"), dict) and "Text" in row["subject"]:
        said["subject"] = _plain(row["subject"]["Text"])
    if "from" in row:
        said |= _author(_boxes(row["from"]))
    if "to" in row:
        said["to"] = _recipients(address for _, address in _boxes(row["to"]))
    date = row.get("date")
    if isinstance(date, dict) and "DateTime" in date:
        said["date"] = _moment(date["DateTime"])
    return said


def _boxes(value: Any) -> list[tuple[str, str]]:
    """Mailboxes of stalwart's address: a list, or groups of lists."""
    address = value.get("Address", {}) if isinstance(value, dict) else {}
    groups = [group.get("addresses", []) for group in address.get("Group", [])]
    boxes = [box for group in [address.get("List", []), *groups] for box in group]
    return [(box.get("name") or "", box.get("address") or "") for box in boxes]


def _moment(date: Stated) -> object:
    shift = timedelta(hours=date["tz_hour"], minutes=date["tz_minute"])
    try:
        local = datetime(*(date[key] for key in ("year", "month", "day", "hour", "minute", "second")), tzinfo=UTC)
        return local + shift if date["tz_before_gmt"] else local - shift
    except (ValueError, OverflowError):
        return None


def _imap_tools(row: Stated) -> Stated:
    said: Stated = {"subject": _plain(row["subject"])}
    author = row.get("from_values")
    said |= _author([(author["name"], author["email"])] if author else [])
    said["to"] = _recipients(row["to"])
    said["date"] = _written(row["date"])
    said["text"] = _letters(row["text"] if row["text"].strip() else row["html"])
    return said


def _written(text: str) -> object:
    """`datetime.datetime(2005, 6, 29, …)` without running it."""
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    numbers = [ast.literal_eval(argument) for argument in call.args]
    shift = timedelta()
    for keyword in ast.walk(call):
        if (
            isinstance(keyword, ast.Call)
            and isinstance(keyword.func, ast.Attribute)
            and keyword.func.attr == "timedelta"
        ):
            named = {str(word.arg): ast.literal_eval(word.value) for word in keyword.keywords}
            shift = timedelta(*(ast.literal_eval(argument) for argument in keyword.args), **named)
    if numbers[0] == 1900:
        return None
    return datetime(*numbers[:6], tzinfo=UTC) - shift


def _address(mail: ParsedMail) -> object:
    return None if mail.from_ is None else mail.from_.address.lower()


def _boxes_of(boxes: tuple[Mailbox, ...]) -> object:
    return sorted({box.address.lower() for box in boxes})


_SOURCES: dict[str, Callable[[Stated], Stated]] = {
    "zammad_yml": _zammad,
    "stalwart_json": _stalwart,
    "imap_tools": _imap_tools,
}
_OURS: dict[str, Callable[[ParsedMail], object]] = {
    "subject": lambda mail: _plain(mail.subject),
    "address": _address,
    "name": lambda mail: None if mail.from_ is None else _name(mail.from_.name),
    "to": lambda mail: _boxes_of(mail.to),
    "date": lambda mail: None if mail.date is None else mail.date.replace(microsecond=0),
    "text": lambda mail: _letters(_PLACE.sub("", mail.text)),
}
