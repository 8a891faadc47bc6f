"""A line of text as the words by which it is compared, without what transport, clients and gateways change.

In: one line as somebody sent or received it. Out: its words in one spelling, and how the line stands there: how deep it
is quoted, whether it is empty, asks for something or ends within a word. Quotation marks, bullets, stars, table bars,
soft hyphens, ligatures and rewritten links leave no trace in the words; what a person could have typed (a tick, an
emoji, a dash as the answer behind a colon, a picture) always does. Must never look at a character more than a constant
number of times.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

# Scripts without spaces between words are compared by character: their lines wrap anywhere.
_SINGLE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_SYMBOL = "\u2190-\u249f\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_WORD = re.compile(f"[{_SINGLE}{_SYMBOL}\U00020000-\U0003ffff]|[^\\W_{_SINGLE}\U00020000-\U0003ffff]+")
_ASCII_WORD = re.compile("[a-z0-9]+")
_SENTENCE = re.compile(r"(?<=[.?!:;\u061f])\s|(?<=[\u3002\uff61])")
_MARKS = re.compile(r"[\s>|]*")
_HIDDEN = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xFE0F])
_BULLET = re.compile(r"[oøü§]\s{2,40}(?=\S)")  # Word's bullets in Courier New and Wingdings
_RULE = frozenset("-_=*~–—―·•.#|+>: \t\u00a0")
_ANSWER = re.compile(r"[:?\u061f][\s*_]{0,4}([-–—?!/+.…]{1,5})\s{0,4}$")
_DASHES = str.maketrans("–—…", "--.")
_ASKS = frozenset(":?;\u061f")
_CLOSERS = "*_ \t\"'»”)"
_DIAL = re.compile(r"[<\[(](?:mailto|tel|sip|callto):[^<>\[\]()\s]{1,300}[>\])]", re.IGNORECASE)
_TARGET = re.compile(r"[<\[]\s?(https?://[^<>\[\]\s]{1,2000})[>\]]", re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s<>\[\]]{1,2000}", re.IGNORECASE)
_SHOWN = "\U0001f5bc"  # the word for a picture
_PICTURE = re.compile(r"\[(?:cid:[^\[\]\s]{1,200}|(?:inline )?image(?:: ?[^\[\]]{0,200})?)\]", re.IGNORECASE)
# Hosts of gateways that put their own link round another; the original stands in it. Mimecast's does not.
_GATEWAY = re.compile(
    r"https?://(?:[a-z0-9-]{1,30}\.){0,4}(?:safelinks\.protection\.outlook\.com|urldefense\.(?:com|us|proofpoint\.com)"
    r"|linkprotect\.cudasvc\.com|secure-web\.cisco\.com|clicktime\.symantec\.com|google\.[a-z]{2,3}/url"
    r"|l\.facebook\.com|protection\.sophos\.com)[/?]"
)
_INNER = re.compile(r"https?(?:://|%3a%2f%2f|-3a__|:/)", re.IGNORECASE)
_OUTER_END = re.compile(r"__;|&")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as it is compared."""

    words: tuple[str, ...]
    depth: int  # how many quotation marks stand before it
    blank: bool  # nothing but space, marks and rules
    ruled: bool  # blank, but there are marks or a rule
    asks: bool  # ends as a question or a label does
    broken: bool  # ends with a hyphen or a quoted-printable line end: its last word may go on below

    @property
    def weight(self) -> float:
        """How much it says that these words come together: a character of a script without spaces is half a word."""
        return sum(0.5 if len(word) == 1 and word > "\u0e00" else 1.0 for word in self.words)


EMPTY = Line(words=(), depth=0, blank=True, ruled=False, asks=False, broken=False)


def read_line(source: str, above: tuple[str, ...] = ()) -> Line:
    """A line of a reply; `above` are the words of the line before it, whose link may have its target here."""
    if not source:
        return EMPTY
    depth, text = _bare(source)
    answer = _answer(text)
    linked = _linked(text, above)
    words = (*_words(linked), *answer)
    end = text.rstrip(_CLOSERS)
    blank = not words and _is_empty(linked.strip())
    return Line(
        words=words,
        depth=depth,
        blank=blank,
        ruled=blank and (depth > 0 or bool(text)),
        asks=end[-1:] in _ASKS and not answer,
        broken=len(text) > 1 and text[-1] in "-=" and text[-2].isalnum(),
    )


def read_sentences(source: str) -> tuple[int, list[tuple[str, ...]]]:
    """A line of ours: how deep it is quoted, and the words of each of its sentences."""
    depth, text = _bare(source)
    sentences = [found for piece in _SENTENCE.split(_linked(text, ())) if (found := _words(piece))]
    if answer := _answer(text):
        sentences.append(answer)
    return depth, sentences


def _bare(source: str) -> tuple[int, str]:
    """The line in one spelling, without the marks before it, and how many those were."""
    if source.isascii():
        text = source.lower()
    else:
        text = unicodedata.normalize("NFKC", source.translate(_HIDDEN))[: 2 * len(source)].casefold()
    end = _MARKS.match(text).end()  # type: ignore[union-attr]  # it matches the empty text too
    depth = text.count(">", 0, end) + text.count("|", 0, end)
    text = text[end:].rstrip()
    if "&" in text and ";" in text:
        text = html.unescape(text)
    if text[:1] in "oøü§" and (bullet := _BULLET.match(text)):
        text = text[bullet.end() :]
    return depth, text


def _words(text: str) -> tuple[str, ...]:
    return tuple((_ASCII_WORD if text.isascii() else _WORD).findall(text))


def _answer(text: str) -> tuple[str, ...]:
    """A dash, a question mark and the like behind a colon or a question: they can be all that a customer answers."""
    end = text[-16:]
    if _ASKS.isdisjoint(end):
        return ()
    found = _ANSWER.search(end)
    return (f":{found.group(1).translate(_DASHES)}",) if found else ()


def _is_empty(text: str) -> bool:
    return not text or (len(text) > 2 and _RULE.issuperset(text))


def _linked(text: str, above: tuple[str, ...]) -> str:
    """The text without the targets that clients write behind links, and with the links that gateways had rewritten."""
    if "[" in text and ("[cid:" in text or "image" in text):
        text = _PICTURE.sub(_picture, text)
    if "mailto:" in text or "tel:" in text or "sip:" in text or "callto:" in text:
        text = _DIAL.sub(" ", text)
    if "://" not in text:
        return text
    text = _LINK.sub(_original, text)
    pieces: list[str] = []
    before, end = list(above), 0
    for target in _TARGET.finditer(text):
        piece = text[end : target.start()]
        pieces.append(piece)
        before.extend(_words(_without_scheme(piece)))
        words = list(_words(_without_scheme(target.group(1))))
        if before[-len(words) :] != words:
            pieces.append(f" {target.group(1)} ")
            before.extend(words)
        end = target.end()
    return _without_scheme("".join((*pieces, " ", text[end:])))


def _without_scheme(text: str) -> str:
    return text.replace("https://", " ").replace("http://", " ")


def _picture(found: re.Match[str]) -> str:
    """A picture is a word of its own, since we send none; only an emoji that became one is the emoji."""
    emoji = [word for word in _WORD.findall(found.group(0)) if word > "\u2190" and len(word) == 1]
    return f" {' '.join(emoji) or _SHOWN} "


def _original(found: re.Match[str]) -> str:
    """The link inside a gateway's link; any other link as it is."""
    link = found.group(0)
    if not _GATEWAY.match(link):
        return link
    inner = _INNER.search(link, 8)
    if inner is None:
        return link
    rest = link[inner.start() :]
    if inner.group(0) == "https-3a__" or inner.group(0) == "http-3a__":  # urldefense v2: - for %, _ for /
        rest = rest.split("&", 1)[0].replace("_", "/").replace("-", "%")
    elif cut := _OUTER_END.search(rest):
        rest = rest[: cut.start()]
    return unquote(unquote(rest)).replace(":/", "://").replace(":///", "://")
