"""What the tag of an HTML element says about it beyond its name: hidden, a quotation, a signature, an image, a link.

In: the source of one opening tag. Out: a mark, or the words that an image or a link is shown with. Must never look at
more than the first `_CAP` characters of a tag and never fetch what it names. Clients mark their quotations and
signatures by class, id or name; Outlook on the web puts `x_` before those of the mail that it answers.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from enum import IntFlag
from html.entities import html5
from urllib.parse import unquote

_CAP = 4_000


class Mark(IntFlag):
    """Why an element matters to the text."""

    NONE = 0
    HIDDEN = 1
    QUOTE = 2
    SIGNATURE = 4
    LIST_MARK = 8


# A container that quotes without a blockquote, or around one. Left out on purpose: gmail_quote and
# moz-forward-container (they hold forwards too, and replies in them have their blockquote), divRplyFwdMsg and
# OutlookMessageHeader (their header block is the separator that the splitter knows).
_NAMED = re.compile(
    r"""(?:class|id|name)\s{0,3}=\s{0,3}["']?(?:[^"'>]{0,200}[\s])?(?:x_){0,8}(?:
    (?P<quote>[a-z0-9]{0,40}yahoo_quoted|protonmail_quote|zmail_extra|tutanota_quote|gmx_quote|quote(?=["'\s/>]))|
    (?P<sign>gmail_signature(?!_prefix)|moz-signature|(?:ms-outlook-mobile-)?signature(?=["'\s/>])|
       protonmail_signature_block(?!-empty)|[a-z0-9]{0,40}applemailsignature|messagesignaturesection|
       lineBreakAtBeginningOfSignature))""",
    re.IGNORECASE | re.VERBOSE,
)
_HIDDEN = re.compile(
    r"""(?<![-\w])(?:display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|mso-hide\s{0,3}:\s{0,3}all)""",
    re.IGNORECASE,
)
_SQUEEZED = re.compile(r"(?<![-\w])max-(?:height|width)\s{0,3}:\s{0,3}0(?![.\d])", re.IGNORECASE)
_CLIPPED = re.compile(r"(?<![-\w])overflow\s{0,3}:\s{0,3}hidden", re.IGNORECASE)
_QUOTED_VALUE = re.compile(r""""[^"]{0,4000}"|'[^']{0,4000}'""")
_TINY = re.compile(r"(?<![-\w])font-size\s{0,3}:\s{0,3}0(?![.\d])", re.IGNORECASE)
_FLAT = re.compile(r"(?<![-\w])(?:line-height|opacity|height)\s{0,3}:\s{0,3}0(?![.\d])", re.IGNORECASE)
_HIDDEN_ATTRIBUTE = re.compile(r"""\shidden(?=[\s/>=])""", re.IGNORECASE)
_INLINE = frozenset({"span", "font", "p", "a", "b", "i", "em", "strong", "small"})
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[a-zA-Z][a-zA-Z0-9]{1,31}(?:;|(?![a-zA-Z0-9=])))")
_GENERIC = frozenset({"image", "img", "logo", "photo", "picture", "spacer", "pixel", "bild", "icon", "banner", "header",
                      "footer", "divider", "line", "inline image", "tracking pixel", "open", "blank"})  # fmt: skip
_FILE = re.compile(r"^[\w\-. ]{1,80}\.(?:png|jpe?g|gif|bmp|svg|webp)$", re.IGNORECASE)
_SMALL = re.compile(r"""(?<![-\w])(?:width|height)\s{0,3}[=:]\s{0,3}["']?[0-3](?:px)?(?=["'\s;/>])""", re.IGNORECASE)
_SAFELINK = re.compile(r"^https://[\w.-]{1,60}\.safelinks\.protection\.outlook\.com/.{0,40}?[?&]url=([^&]{1,2000})")


def hides(lowered: str) -> bool:
    """Whether anything in a whole source may be hidden; one test for all of its tags."""
    return any(word in lowered for word in ("display", "mso-hide", "font-size:", "visibility", "max-height", " hidden"))


def names(lowered: str) -> bool:
    """Whether any container of a client may stand in a whole source."""
    return any(word in lowered for word in ("quote", "zmail_extra", "signature"))


def hidden(name: str, tag: str) -> bool:
    """Not shown to a reader: `font-size:0` counts only where no child can undo it, because MJML and other newsletter
    kits set it on every container of visible text. Only a style says so, and the attribute `hidden`: words of another
    attribute are words, whatever they are."""
    tag = tag[:_CAP].lower()
    if not ("none" in tag or "hid" in tag or "font-size" in tag):
        return False
    if "hid" in tag and _HIDDEN_ATTRIBUTE.search(_QUOTED_VALUE.sub("", tag)):
        return True
    tag = value(_STYLE.search(tag))
    if _HIDDEN.search(tag) or (_SQUEEZED.search(tag) and _CLIPPED.search(tag)):
        return "display:block" not in tag.replace(" ", "")
    return "font-size" in tag and bool(_TINY.search(tag)) and (name in _INLINE or bool(_FLAT.search(tag)))


def named(tag: str) -> Mark:
    """A quotation or a signature by its class, id or name."""
    found = _NAMED.search(tag, 0, _CAP)
    if found is None:
        return Mark.NONE
    return Mark.QUOTE if found.group("quote") else Mark.SIGNATURE


def attribute(name: str) -> re.Pattern[str]:
    """The pattern of one attribute; `value` takes its match apart."""
    return re.compile(
        rf"""(?<![-\w]){name}\s{{0,5}}=\s{{0,5}}(?:"([^"]{{0,2000}})"|'([^']{{0,2000}})'|([^\s>"']{{1,2000}}))""",
        re.IGNORECASE,
    )


_ALT, _SRC, _HREF, _STYLE = attribute("alt"), attribute("src"), attribute("href"), attribute("style")


def value(found: re.Match[str] | None) -> str:
    """The unescaped value of an attribute; empty when it is absent."""
    if found is None:
        return ""
    text = found.group(1) or found.group(2) or found.group(3) or ""
    return unescaped(text) if "&" in text else text


def unescaped(text: str) -> str:
    """An attribute with its character references undone. One without a semicolon that a letter, a digit or `=` follows
    is none (HTML section 13.2.5.73): `?a=1&copy=2` is an address, not a copyright."""
    return _REFERENCE.sub(_meant, text)


def _meant(found: re.Match[str]) -> str:
    text = found.group()
    return html.unescape(text) if text[1] == "#" else html5.get(text[1:], text)


def image(tag: str, images: Mapping[str, str]) -> str:
    """The words in the place of an image: `[image: name]` for one that came with the mail, the alternative text of a
    remote one when it says something, nothing for a tracker or decoration; an emoji is itself."""
    tag = tag[:_CAP]
    alt = " ".join(value(_ALT.search(tag)).split())[:200]
    source = value(_SRC.search(tag)).strip()
    if alt and len(alt) <= 8 and not alt.isascii() and not any(char.isalnum() for char in alt):
        return alt
    if source[:4].lower() == "cid:":
        identity = unquote(source[4:])
        name = images.get(identity) or alt or identity.partition("@")[0]
        return f"[image: {name}]" if name else "[image]"
    if _SMALL.search(tag):
        return ""
    if source[:11].lower() == "data:image/":
        return f"[image: {alt}]" if alt else "[image]"
    if len(alt) < 2 or alt.lower() in _GENERIC or _FILE.match(alt) or not any(char.isalnum() for char in alt):
        return ""
    return f"[image: {alt}]"


def target(tag: str) -> str:
    """Where a link leads: a web address, or an address or number of a mailto or tel link with its scheme."""
    address = "".join(value(_HREF.search(tag, 0, _CAP)).split())
    start = address[:8].lower()
    if start.startswith(("http://", "https://")):
        wrapped = _SAFELINK.match(address) if ".safelinks." in address else None
        return unquote(wrapped.group(1)) if wrapped else address
    return address if start.startswith(("mailto:", "tel:")) and len(address) > 7 else ""


def shown(text: str, address: str) -> str:
    """What is to be written after the text of a link; empty when the text already says where it leads."""
    scheme, _, rest = address.partition(":")
    if scheme.lower() == "mailto":
        rest = unquote(rest.partition("?")[0])
        return "" if not rest or rest.lower() in text.lower() else rest
    if scheme.lower() == "tel":
        digits = "".join(char for char in rest if char.isdigit())
        said = "".join(char for char in text if char.isdigit())
        # +49 30 1 is shown as 030 1: the last digits decide.
        return "" if digits and said[-6:] == digits[-6:] else rest
    said, meant = _bare(text), _bare(address)
    if said == meant:
        return ""
    short = said.removesuffix("…").removesuffix("...")
    return "" if short != said and len(short) > 8 and meant.startswith(short) else address


def _bare(address: str) -> str:
    text = address.strip().lower().removeprefix("https://").removeprefix("http://").removeprefix("www.")
    return text.rstrip("/")
