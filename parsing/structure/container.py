"""Containers inside a mail that are opened: TNEF, opaque S/MIME, files in the text.

In: the numbered leaves of the tree. Out: the same list, longer: what was inside follows all others, in the order of the
containers, and is the children of its container. Must never raise, never open more than limits.OPENED containers inside
one another, and never lose a container that cannot be opened whole: it stays a file, and a defect says why.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from parsing import charset, limits
from parsing.mime import Media
from parsing.structure import cms, rtf, sniff, tnef, uuencoded
from parsing.structure.boundary import divide
from parsing.structure.leaf import Leaf, numbered
from parsing.structure.part import Part, leaf_part

_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SEALED_TYPES = frozenset({"enveloped-data", "authenveloped-data", "encrypted-data"})
_TNEF_BASE64 = "eJ8+I"
_SAID = 200_000  # bytes of a text that are compared, and different words of all
_WORDS = 60


@dataclass(slots=True)
class _Bench:
    """What is on the table while containers are opened."""

    leaves: list[Leaf]
    defects: list[str]
    queue: deque[tuple[Leaf, str, int]] = field(default_factory=deque)
    words: set[str] = field(default_factory=set)  # of the texts among the first `heard` leaves
    heard: int = 0

    def look(self, first: int, depth: int) -> None:
        """Queue the containers among the leaves from this number on."""
        for leaf in self.leaves[first:]:
            kind = _kind(leaf)
            if kind and depth < limits.OPENED:
                self.queue.append((leaf, kind, depth))
            elif kind:
                self.defects.append(f"containers inside more than {limits.OPENED} others are not opened")

    def content(self, leaf: Leaf) -> tuple[bytes, bool]:
        """The bytes of a container that are opened, and whether they are all of it."""
        encoded = leaf.part.payload() if leaf.part.data is None else leaf.part.data
        whole = len(encoded) <= limits.OPENED_BYTES
        if not whole:
            self.defects.append(f"a container longer than {limits.OPENED_BYTES} bytes is not opened whole")
        return leaf.content(limits.OPENED_BYTES), whole

    def said(self) -> set[str]:
        """The words of all texts so far; each is looked at once, however many containers ask."""
        for leaf in self.leaves[self.heard :]:
            if len(self.words) > _SAID or leaf.children or leaf.filename:
                continue
            if leaf.media.value in {"text/plain", "text/html"}:
                self.words.update(_words(leaf.content(_SAID), leaf.media, _SAID))
        self.heard = len(self.leaves)
        return self.words

    def has_room(self) -> bool:
        """Whether another leaf may be made."""
        return len(self.leaves) <= limits.PARTS * 2

    def add(self, parent: Leaf, data: bytes, media: Media, disposition: Media, identity: dict[str, list[str]]) -> None:
        """A leaf that holds these bytes."""
        if not self.has_room():
            return
        leaf = Leaf(
            number=len(self.leaves), part=leaf_part(data), fields=identity, media=media, parent=parent.media.value
        )
        leaf.disposition = disposition
        self.leaves.append(leaf)
        parent.children.append(leaf)


def open_all(leaves: list[Leaf], defects: list[str]) -> None:
    """Open what can be opened; `leaves` grows."""
    bench = _Bench(leaves, defects)
    bench.look(0, 0)
    while bench.queue:
        leaf, kind, depth = bench.queue.popleft()
        first = len(leaves)
        _OPENERS[kind](leaf, bench)
        if leaf.children:
            bench.look(first, depth + 1)


def _kind(leaf: Leaf) -> str:
    """What sort of container a leaf is; empty for nearly all."""
    value = leaf.media.value
    if leaf.children:
        return ""
    if value.startswith("text/"):
        return "text" if _holds_files(leaf) else ""
    if not value.startswith("application/"):
        return ""
    if value in _TNEF:
        return "tnef"
    if value in cms.TYPES:
        return "smime"
    if _may_be_tnef(leaf.part):
        return "tnef" if leaf.content(120)[:4] == limits.TNEF else ""
    return "smime" if leaf.filename.lower().endswith(".p7m") else ""


def _may_be_tnef(part: Part) -> bool:
    if part.data is not None:
        return part.data[:4] == limits.TNEF
    payload = part.payload()
    start = payload[:80].lstrip() if isinstance(payload, str) else ""
    return start.startswith(_TNEF_BASE64) or start[:1] == "x"


def _holds_files(leaf: Leaf) -> bool:
    if leaf.disposition.value == "attachment" or (leaf.number and leaf.filename):
        return False
    payload = leaf.part.payload()
    return isinstance(payload, str) and uuencoded.stands_in(payload)


def _open_text(leaf: Leaf, bench: _Bench) -> None:
    data, whole = bench.content(leaf)
    found = uuencoded.taken(data)
    if found is None:
        return
    leaf.opened = "text" if whole else ""
    parameters = {name: value for name, value in leaf.media.parameters.items() if name != "name"}
    bench.add(leaf, found.text, Media(value=leaf.media.value, parameters=parameters), Media(value=""), {})
    for raw, data in found.files:
        name = charset.decode(raw)[0]
        bench.add(leaf, data, _media(sniff.by_name(name) or sniff.real_type(data, ""), name), _as_file(name), {})
    if found.broken:
        bench.defects.append("a file in the text does not end")


def _open_smime(leaf: Leaf, bench: _Bench) -> None:
    found = cms.sealed(bench.content(leaf)[0])
    said = leaf.media.get("smime-type").lower()
    if found.kind == "encrypted" or (not found.kind and said in _SEALED_TYPES):
        leaf.sealed = "encrypted"
        bench.defects.append("the text is encrypted")
    elif found.content:
        leaf.sealed = "signed" if found.kind == "signed" else ""
        if not found.broken:
            leaf.opened = "smime"
        leaf.children = [numbered(divide(found.content, bench.defects), bench.leaves, leaf.media.value)]
    if found.broken:
        bench.defects.append("an S/MIME part cannot be read whole")


def _open_tnef(leaf: Leaf, bench: _Bench) -> None:
    data, whole = bench.content(leaf)
    found = tnef.opened(data)
    if found is None:
        bench.defects.append("a TNEF part is none")
        return
    leaf.message_class = found.message_class
    bodies = _bodies(found)
    if bodies and _is_said(bodies[0], bench):
        bodies, said = [], True
    else:
        said = False
    if len(bodies) > 1 and bench.has_room():
        both = Leaf(
            number=len(bench.leaves), part=Part(), fields={}, media=Media(value="multipart/alternative"),
            parent=leaf.media.value,
        )  # fmt: skip
        bench.leaves.append(both)
        leaf.children.append(both)
        for body in bodies:
            bench.add(both, body.data, body.media, Media(value=""), {})
    elif bodies:
        bench.add(leaf, bodies[0].data, bodies[0].media, Media(value=""), {})
    _add_files(leaf, found, bench)
    if found.broken:
        bench.defects.append("a TNEF part ends too early")
    elif whole and (leaf.children or said):
        leaf.opened = "tnef"


@dataclass(frozen=True, slots=True)
class _Body:
    """One form of the text of a TNEF message."""

    data: bytes
    media: Media


def _bodies(found: tnef.Opened) -> list[_Body]:
    """Plain text and HTML, as far as there; RTF only where nothing else is."""
    forms = [("text/plain", found.text, found.text_charset), ("text/html", found.html, found.html_charset)]
    bodies = [
        _Body(data, Media(value=value, parameters={"charset": name} if name else {}))
        for value, data, name in forms
        if data.strip()
    ]
    if not found.html and found.rtf:
        unwrapped = rtf.unwrapped(rtf.inflated(found.rtf))
        if unwrapped.text.strip() and (unwrapped.html or not bodies):
            value = "text/html" if unwrapped.html else "text/plain"
            data = unwrapped.text.encode("utf-8", "replace")
            bodies.append(_Body(data, Media(value=value, parameters={"charset": "utf-8"})))
    return bodies


def _is_said(body: _Body, bench: _Bench) -> bool:
    """Whether the mail around a container already has its text, as Exchange does it; a list's footer is not it."""
    wanted = _words(body.data, body.media)
    around = bench.said()
    return bool(around) and sum(word in around for word in wanted) * 2 > len(wanted)


def _words(data: bytes, media: Media, most: int = _WORDS) -> list[str]:
    text = charset.decode(data[:_SAID], media.get("charset"))[0]
    if media.value == "text/html":
        text = " ".join(piece.rpartition(">")[2] for piece in text.split("<"))
    return text.lower().split()[:most]


def _add_files(leaf: Leaf, found: tnef.Opened, bench: _Bench) -> None:
    for file in found.files:
        if file.message is not None:
            _add_message(leaf, file, file.message, bench)
            continue
        name = file.name
        value = file.content_type.lower() if "/" in file.content_type else ""
        value = value or sniff.by_name(name) or sniff.real_type(file.data, "")
        shown = file.content_id and (
            file.rendered or b"cid:" + file.content_id.encode("utf-8", "replace") in found.html
        )
        identity = {"content-id": [f"<{file.content_id}>"]} if file.content_id else {}
        if file.location:
            identity["content-location"] = [file.location]
        bench.add(leaf, file.data, _media(value, name), _as_file(name, "inline" if shown else "attachment"), identity)


def _add_message(leaf: Leaf, file: tnef.File, inner: tnef.Opened, bench: _Bench) -> None:
    """An attached message: it is in no mail format, so its text becomes a file, and its files follow."""
    bodies = _bodies(inner)
    if bodies:
        body = bodies[-1]
        name = f"{file.name or inner.subject or 'message'}.{'html' if body.media.value == 'text/html' else 'txt'}"
        media = Media(value=body.media.value, parameters={**body.media.parameters, "name": name})
        bench.add(leaf, body.data, media, _as_file(name), {})
    _add_files(leaf, inner, bench)
    if inner.broken:
        bench.defects.append("a message in a TNEF part ends too early")


def _media(value: str, name: str) -> Media:
    return Media(value=value or "application/octet-stream", parameters={"name": name} if name else {})


def _as_file(name: str, value: str = "attachment") -> Media:
    return Media(value=value, parameters={"filename": name} if name else {})


_OPENERS = {"tnef": _open_tnef, "smime": _open_smime, "text": _open_text}
