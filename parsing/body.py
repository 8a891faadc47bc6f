"""The readable text of a mail.

In: the tree. Out: `Body`, the text, the numbers of the parts that it was taken from, and defects. An attached
message/rfc822 is never merged into it, an encrypted part is never decrypted into it (EFAIL, intake 57). Must never
raise
and never interpret more than the cap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from parsing import charset, limits
from parsing.markup import to_text
from parsing.tree import Leaf, Tree, undone

_ENCODED_CAP = limits.BODY_TEXT * 4
_READ = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown", "text/x-amp-html"})
_COMPARED = 4_000
_WORD = re.compile(r"[^\W\d_]{3,30}")
_ENRICHED = re.compile(r"<(/?[a-zA-Z][a-zA-Z-]{0,30})>")
_SEALED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


@dataclass(slots=True)
class Body:
    """What was read, from which parts, and what was wrong. `html` is true when only an HTML part gave the text."""

    text: str = ""
    parts: set[int] = field(default_factory=set)
    defects: list[str] = field(default_factory=list)
    html: bool = False


def body(tree: Tree) -> Body:
    """The text of the whole mail."""
    found = Body()
    pieces = _read(tree.root, found)
    text = "\n\n".join(piece.strip("\n") for piece in pieces if piece.strip())
    if len(text) > limits.BODY_TEXT:
        text = text[: limits.BODY_TEXT]
        found.defects.append(f"text longer than {limits.BODY_TEXT} characters was cut")
    found.text = text
    return found


def _read(leaf: Leaf, found: Body) -> list[str]:
    kind = leaf.media.value
    if leaf.children:
        if kind == "multipart/alternative":
            return _alternative(leaf, found)
        if kind == "multipart/encrypted":
            found.defects.append("the text is encrypted")
            return []
        if kind in {"multipart/related", "multipart/signed", "multipart/report", "multipart/appledouble"}:
            return _first(leaf, found)
        if kind == "multipart/digest":
            return []
        return [piece for child in leaf.children for piece in _read(child, found)]
    if kind in _SEALED:
        signed = leaf.media.get("smime-type") == "signed-data"
        found.defects.append("the text is inside an opaque signature" if signed else "the text is encrypted")
        return []
    if not is_text(leaf):
        return []
    found.parts.add(leaf.number)
    return [_text(leaf, found)]


def is_text(leaf: Leaf) -> bool:
    """Whether a leaf is read as body text: no attachment, no named file (a lone part is always the body)."""
    if leaf.media.value.startswith("multipart/"):
        return True  # a multipart without parts: its boundary is missing or never came, the lines are all there is
    if leaf.media.value not in _READ:
        return False
    if leaf.disposition.value == "attachment":
        return False
    return leaf.number == 0 or not leaf.filename


def _alternative(leaf: Leaf, found: Body) -> list[str]:
    """RFC 2046 section 5.1.4, with the plain text preferred: it is what the sender's words are."""
    chosen: list[str] = []
    best: Body | None = None
    for child in sorted(leaf.children, key=_preference):
        trial = Body()
        pieces = _read(child, trial)
        found.parts |= trial.parts  # the alternatives that were not chosen are no attachments either
        if best is None and any(piece.strip() for piece in pieces):
            chosen, best = pieces, trial
            found.defects.extend(trial.defects)
            found.html = found.html or trial.html
            if all(child.media.value in _READ for child in leaf.children):
                _compare(leaf, child, pieces, found)
                found.parts |= {child.number for child in leaf.children if is_text(child)}
                break
    return chosen


def _compare(leaf: Leaf, chosen: Leaf, pieces: list[str], found: Body) -> None:
    """Say when the HTML tells something else than the plain text: people see one, machines the other (intake 58)."""
    other = next((child for child in leaf.children if child.media.value == "text/html"), None)
    if chosen.media.value != "text/plain" or other is None:
        return
    said = _WORD.findall(" ".join(pieces)[:_COMPARED].lower())[:100]
    shown = set(_WORD.findall(_text(other, Body(), _COMPARED * 8).lower()))
    if len(said) >= 5 and len(shown) >= 5 and sum(word in shown for word in said) * 2 < len(said):
        found.defects.append("the plain text and the HTML disagree")


def _preference(leaf: Leaf) -> int:
    kind = leaf.media.value
    if kind == "text/plain":
        return 0
    if kind.startswith("multipart/"):
        return 1
    return 2 if kind == "text/html" else 3


def _first(leaf: Leaf, found: Body) -> list[str]:
    """The root of a related, signed or report part is its first child that can be read."""
    start = leaf.media.get("start").strip("<> ")
    children = leaf.children
    if start:
        named = [child for child in children if _content_id(child) == start]
        children = named + [child for child in children if child not in named]
    for child in children:
        pieces = _read(child, found)
        if pieces:
            return pieces
    return []


def _content_id(leaf: Leaf) -> str:
    values = leaf.fields.get("content-id")
    return values[0].strip().strip("<>") if values else ""


def _text(leaf: Leaf, found: Body, cap: int = _ENCODED_CAP) -> str:
    payload = leaf.part.payload()
    if not isinstance(payload, str):
        return ""
    data = payload.encode("utf-8", "surrogateescape") if not payload.isascii() else payload.encode("ascii")
    if len(data) > cap:
        data = data[:cap]
        found.defects.append("a long text part was cut")
    encoding = leaf.encoding
    data = undone(data, encoding)
    if encoding not in {"", "7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "uuencode"}:
        found.defects.append("unknown transfer encoding")
    text, defect = charset.decode(data, leaf.media.get("charset"))
    if defect:
        found.defects.append(defect)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    kind = leaf.media.value
    if kind in {"text/html", "text/x-amp-html"}:
        found.html = True
        return to_text(text)
    if kind in {"text/enriched", "text/richtext"}:
        return _ENRICHED.sub("", text)
    if leaf.media.get("format").lower() == "flowed":
        return flowed(text, leaf.media.get("delsp").lower() == "yes")
    return text


def flowed(text: str, delsp: bool = False) -> str:
    """RFC 3676: soft line ends joined, space-stuffing removed; a quotation and a signature mark stay lines."""
    out: list[str] = []
    flowing: list[str] = []
    depth = 0
    for line in text.split("\n"):
        bare = line.lstrip(">")
        quotes = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        soft = bare.endswith(" ") and bare != "-- "
        if flowing and (quotes != depth or bare == "-- "):
            # Section 4.5: a paragraph ends where the quote depth changes.
            out.append(_quoted("".join(flowing), depth))
            flowing = []
        depth = quotes
        if soft:
            flowing.append(bare[:-1] if delsp else bare)
            continue
        flowing.append(bare)
        out.append(_quoted("".join(flowing), depth))
        flowing = []
    if flowing:
        out.append(_quoted("".join(flowing), depth))
    return "\n".join(out)


def _quoted(text: str, depth: int) -> str:
    return f"{'>' * depth} {text}" if depth else text
