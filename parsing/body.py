"""The readable text of a mail.

In: the tree. Out: `Body`, the text, the numbers of the parts that it was taken from, and defects. Of alternatives the
plain text is taken unless it says nothing or only that one should read the HTML. An attached message/rfc822 is never
merged into it, an encrypted part is never decrypted into it (EFAIL, intake 57). Must never raise and never interpret
more than the cap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from parsing import charset, limits
from parsing.pages import variants
from parsing.pages.flow import enriched, flowed, unlinked
from parsing.pages.markup import to_text
from parsing.structure import cms, rtf
from parsing.structure.leaf import ENCODINGS
from parsing.tree import Leaf, Tree, undone

_HTML = frozenset({"text/html", "text/x-amp-html", "application/xhtml+xml"})
_READ = frozenset({"text/plain", "text/enriched", "text/richtext", "text/markdown", "text/x-markdown", "text/rtf",
                   *_HTML})  # fmt: skip
_FIRST = frozenset({"multipart/related", "multipart/signed", "multipart/report", "multipart/appledouble"})
DISAGREE = "the plain text and the HTML disagree"


@dataclass(slots=True)
class Body:
    """What was read, from which parts, and what was wrong. `html` is true when only an HTML part gave the text."""

    text: str = ""
    parts: set[int] = field(default_factory=set)
    defects: list[str] = field(default_factory=list)
    html: bool = False
    images: Mapping[str, str] = field(default_factory=dict)


def body(tree: Tree) -> Body:
    """The text of the whole mail."""
    found = Body(images=_images(tree))
    text = _joined(_read(tree.root, found))
    if len(text) > limits.BODY_TEXT:
        text = text[: limits.BODY_TEXT]
        found.defects.append(f"text longer than {limits.BODY_TEXT} characters was cut")
    found.text = text
    return found


def _joined(pieces: list[str]) -> str:
    return "\n\n".join(piece.strip("\n") for piece in pieces if piece.strip())


def _images(tree: Tree) -> dict[str, str]:
    """The names of the images that came with the mail, by Content-ID, and of those without one by file name."""
    names: dict[str, str] = {}
    for leaf in tree.leaves:
        if leaf.media.value.startswith("image/"):
            names.setdefault(leaf.content_id, leaf.filename)
    return names


def _read(leaf: Leaf, found: Body) -> list[str]:
    kind = leaf.media.value
    if kind.startswith("message/"):
        return []
    if leaf.children:
        if kind == "multipart/alternative":
            return _alternative(leaf, found)
        if kind == "multipart/encrypted":
            found.defects.append("the text is encrypted")
            return []
        if kind in _FIRST:
            return _first(leaf, found)
        return [] if kind == "multipart/digest" else _mixed(leaf, found)
    if kind in cms.TYPES:
        signed = leaf.media.get("smime-type").lower() == "signed-data"
        found.defects.append("the text is inside an opaque signature" if signed else "the text is encrypted")
        return []
    if not is_text(leaf):
        return []
    found.parts.add(leaf.number)
    return [_text(leaf, found)]


def is_text(leaf: Leaf) -> bool:
    """Whether a leaf is read as body text: no attachment, no named file. A lone part is always the body, and so is one
    of several alternatives: some mailers name them."""
    kind = leaf.media.value
    if kind.startswith("multipart/"):
        return True  # a multipart without parts: its boundary is missing or never came, the lines are all there is
    if kind not in _READ or leaf.disposition.value == "attachment":
        return False
    return leaf.number == 0 or leaf.parent == "multipart/alternative" or not leaf.filename


def _mixed(leaf: Leaf, found: Body) -> list[str]:
    """All texts, in order; an image that Apple Mail put between two of them is named where it stands."""
    pieces: list[str] = []
    waiting: list[str] = []
    for child in leaf.children:
        if child.media.value.startswith("image/"):
            if child.disposition.value == "inline" and child.filename:
                waiting.append(f"[image: {child.filename}]")
            continue
        said = _read(child, found)
        if any(piece.strip() for piece in said):
            pieces.extend(waiting)
            waiting.clear()
        pieces.extend(said)
    return pieces


def _alternative(leaf: Leaf, found: Body) -> list[str]:
    """RFC 2046 section 5.1.4, with the plain text preferred: it is what the sender's words are."""
    trials: list[tuple[Leaf, list[str], Body]] = []
    for child in sorted(leaf.children, key=_preference):
        trial = Body(images=found.images)
        pieces = _read(child, trial)
        found.parts |= trial.parts  # the alternatives that were not chosen are no attachments either
        if any(piece.strip() for piece in pieces):
            trials.append((child, pieces, trial))
    if not trials:
        return []
    chosen = trials[0]
    other = next((trial for trial in trials[1:] if trial[2].html), None)
    if other is not None and not chosen[2].html:
        said, shown = _joined(chosen[1]), _joined(other[1])
        if variants.is_stub(said, shown):
            chosen = other
        elif variants.disagree(said, shown):
            found.defects.append(DISAGREE)
    found.defects.extend(chosen[2].defects)
    found.html = found.html or chosen[2].html
    return chosen[1]


def _preference(leaf: Leaf) -> int:
    kind = leaf.media.value
    if kind == "text/plain":
        return 0
    if kind.startswith("multipart/"):
        return 1
    return {"text/html": 2, "text/x-amp-html": 5, "text/rtf": 4}.get(kind, 3)


def _first(leaf: Leaf, found: Body) -> list[str]:
    """The root of a related, signed or report part is its first child that can be read."""
    start = leaf.media.get("start").strip("<> ")
    children = leaf.children
    if start:
        named = [child for child in children if child.content_id == start]
        children = named + [child for child in children if child not in named]
    for child in children:
        pieces = _read(child, found)
        if any(piece.strip() for piece in pieces):
            return pieces
    return []


def source(leaf: Leaf, cap: int = limits.TEXT_SOURCE) -> tuple[str, list[str]]:
    """The characters of a text part, and what was wrong with them."""
    payload = leaf.part.payload()
    if not isinstance(payload, str):
        return "", []
    defects = []
    if len(payload) > cap:
        payload = payload[:cap]
        defects.append("a long text part was cut")
    data = undone(payload.encode("ascii", "surrogateescape"), leaf.encoding)
    if leaf.encoding not in ENCODINGS:
        defects.append("unknown transfer encoding")
    declared = leaf.media.get("charset")
    if not declared and leaf.media.value in _HTML:
        declared = charset.of_html(data)
    text, defect = charset.decode(data, declared)
    if defect:
        defects.append(defect)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, defects


def _text(leaf: Leaf, found: Body) -> str:
    kind = leaf.media.value
    text, defects = source(leaf)
    found.defects.extend(defects)
    if kind in _HTML:
        found.html = True
        return to_text(text, found.images)
    if kind in {"text/enriched", "text/richtext"}:
        return enriched(text)
    if kind == "text/rtf":
        if not text.startswith("{\\rtf"):
            return text
        return charset.cleaned(rtf.unwrapped(text.encode("utf-8", "replace")).text)
    if leaf.media.get("format").lower() == "flowed":
        text = flowed(text, leaf.media.get("delsp").lower() == "yes")
    return unlinked(text) if "<mailto:" in text else text
