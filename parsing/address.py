"""Mailboxes: who wrote, to whom, and how an address is compared.

In: raw (folded, undecoded) address headers or one address. Out: `Mailbox` values; for the author also a sentence when
identity must not be trusted. Must never use `email.utils`: Python 3.11.7 reads `agent@corp.test <evil@x.test>` as the
agent (CVE-2023-27043). Addresses are found before encoded words are decoded, by a scanner that sees each character
once.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from parsing import limits
from parsing.headers import clean, decoded, unfolded
from parsing.message import Mailbox

_ATEXT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~")
_LABEL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_RUN = re.compile(r"[^\"(<,:;)>@]{1,1000}")
# What nearly all addresses are made of, and the two ways in which nearly all of them are written; the scanner would
# find the same. A word has no character that RFC 5322 section 3.2.3 calls special.
_ATOMS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++)*+"
_LABELS = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?+(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?+)*+"
_PLAIN = re.compile(_ATOMS)
_COMMON = re.compile(rf"{_ATOMS}@{_LABELS}")
_WRITTEN = re.compile(r'(?:(?:"([^"\\<>]{0,200})"|([^"\\(),:;<>@\[\]]{1,200}+))[ \t]{0,5})?<([^"\\<>\s]{3,300}+)>')
_SPACED_DOT = re.compile(r"[ \t]{0,20}([.@])[ \t]{0,20}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_DEVIATIONS = frozenset("\u00df\u03c2")  # sharp s and final sigma; the joiners are in no address
_LOCAL_OCTETS = 128  # RFC 5321 section 4.5.3.1.1 says 64 and asks not to rely on it; VERP senders exceed it
_DOMAIN_OCTETS = 255
_COMMON_LENGTH = 500


@dataclass(slots=True)
class _Item:
    """One member of an address list while it is scanned: words outside the angles, angle-addrs, comments."""

    words: list[str] = field(default_factory=list)
    angles: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    after: bool = False  # text after the angle-addr
    problem: str = ""
    at: bool = False  # an unquoted @ outside the angles


@dataclass(slots=True)
class _Scan:
    items: list[_Item] = field(default_factory=list)
    group: bool = False


def author(values: list[str], charset_hint: str = "") -> tuple[Mailbox | None, str]:
    """The one author of a mail, and a sentence when the address must not be taken for an identity (finding 6)."""
    if len(values) != 1:
        return None, "no From header" if not values else f"{len(values)} From headers"
    plain = unfolded(values[0])
    whole = len(values[0]) <= limits.HEADER_VALUE  # behind the cut may stand another mailbox
    alone = _alone(plain, charset_hint) if whole else None
    if alone is not None and not _CONTROL.search(plain):
        return alone, ""
    scan = _scan(plain)
    if not scan.items:
        return None, "empty From header"
    if len(scan.items) > 1 or scan.group:
        return None, "From has a group" if scan.group else "From has several mailboxes"
    item = scan.items[0]
    mailbox = _mailbox(item, charset_hint)
    return mailbox, _defect(plain, item, mailbox) or ("" if whole else "From is too long")


def _defect(plain: str, item: _Item, mailbox: Mailbox | None) -> str:
    if item.problem:
        return f"From has {item.problem}"
    if _CONTROL.search(plain):
        return "From has control characters"
    if mailbox is None:
        return "From has no valid address"
    if item.at and item.angles:
        return "From has an address outside its angle brackets"
    if item.after:
        return "From has text after its address"
    written = "".join(item.angles or item.words).rpartition("@")[2]
    if not written.isascii():
        return "From has a domain that is not ASCII"
    if not mailbox.address.isascii() and any("\ud800" <= char <= "\udfff" for char in mailbox.address):
        return "From has raw 8-bit bytes in its address"
    return ""


def mailboxes(values: list[str], charset_hint: str = "") -> tuple[Mailbox, ...]:
    """All mailboxes of To, Cc or Reply-To that can be read; groups are opened, nonsense is left out. Semicolons part
    mailboxes as Outlook writes them, and white space around dots is obsolete but allowed (RFC 5322 section 4.4)."""
    found: list[Mailbox] = []
    for value in values:
        plain = unfolded(value)
        if "=?" in plain and "@" not in plain:
            plain = decoded(plain, charset_hint)  # the whole list was encoded, which section 5 of RFC 2047 forbids
        alone = _alone(plain, charset_hint)
        if alone is not None:
            found.append(alone)
            continue
        for item in _scan(plain, listed=True).items:
            mailbox = _mailbox(item, charset_hint, obsolete=True)
            if mailbox is not None:
                found.append(mailbox)
            if len(found) >= limits.ADDRESSES:
                return tuple(found)
    return tuple(found)


def _alone(plain: str, charset_hint: str) -> Mailbox | None:
    """The one mailbox of a header, when it is written as nearly all are; None for the scanner to see."""
    if len(plain) > _COMMON_LENGTH:
        return None
    written = _WRITTEN.fullmatch(plain)
    address = written.group(3) if written else plain
    if not is_address(address) or _COMMON.fullmatch(address) is None:
        return None
    name = (written.group(1) or written.group(2) or "").strip() if written else ""
    return Mailbox(name=decoded(name, charset_hint), address=address)


def _mailbox(item: _Item, charset_hint: str = "", obsolete: bool = False) -> Mailbox | None:
    """A mailbox when there is exactly one place where the address can stand."""
    if len(item.angles) > 1:
        return None
    if item.angles:
        address = item.angles[0].strip(" \t")
        if address.startswith("@") and ":" in address:
            address = address.rpartition(":")[2]  # RFC 5322 section 4.4: a source route is to be ignored
        name = _phrase(item.words)
    else:
        address = "".join(item.words).strip()
        name = " ".join(item.comments)
    if not address.isascii():
        address = _in_dns(address)
    if not is_address(address):
        if not obsolete:
            return None
        comment = name.strip()
        is_meant = is_address(comment) and "." in comment.rpartition("@")[2]
        address, name = (comment, address) if is_meant else _recovered(address, name)
        if not is_address(address):
            return None
    return Mailbox(name=decoded(name, charset_hint), address=address)


def _in_dns(address: str) -> str:
    """The address with its domain as DNS has it (RFC 5890: A-labels), so that it is shown as what it is wherever it is
    shown; one that DNS cannot have stays. Raw bytes of a header are UTF-8 (RFC 6532)."""
    local, at, domain = address.rpartition("@")
    if not at or domain.isascii() or len(domain) > _DOMAIN_OCTETS:
        return address
    try:
        domain = domain.encode("utf-8", "surrogateescape").decode("utf-8").lower()
    except UnicodeError:
        return address
    return f"{local}@{a_labels(domain)}" if _is_domain(domain) else address


def _recovered(address: str, name: str) -> tuple[str, str]:
    """An address in a list that is not written as RFC 5322 wants it, where only one can be meant: white space around
    dots, quotes around it, a name before it without angle brackets."""
    closed = _SPACED_DOT.sub(r"\1", address) if " " in address else address
    closed = closed.removeprefix("mailto:").strip("'\"")
    if is_address(closed):
        return closed, name
    found = [word for word in address.split()[:20] if is_address(word)]
    if len(found) != 1 or address.count("@") != 1:
        return address, name
    return found[0], name or _phrase([address.replace(found[0], " ").strip(" \"'") or " "])


def _phrase(words: list[str]) -> str:
    """The display name; quoted strings lose their quotes."""
    out: list[str] = []
    for word in words:
        if word[0] != '"':
            out.append(word)
            continue
        inner = word[1:-1] if len(word) > 1 else ""
        if "\\" in inner:
            inner = inner.replace('\\"', '"').replace("\\\\", "\\")
        out.append(inner)
    return "".join(out).strip()


def _scan(text: str, listed: bool = False) -> _Scan:
    scan, item = _Scan(), _Item()
    position, end = 0, len(text)

    def emit() -> None:
        nonlocal item
        if item.angles or "".join(item.words).strip() or item.problem:
            scan.items.append(item)
        item = _Item()

    while position < end and len(scan.items) < limits.ADDRESSES:
        run = _RUN.match(text, position)
        if run is not None:
            piece, position = run.group(), run.end()
            item.after = item.after or (bool(item.angles) and bool(piece.strip(" \t")))
            if not item.angles:
                item.words.append(piece)
            continue
        char = text[position]
        if char in '"(<':
            position = _bracketed(text, position, item)
            continue
        if char == ",":
            emit()
        elif char == ":" and not item.angles:
            # The words so far are the name of a group (RFC 5322 section 3.4).
            scan.group, item = True, _Item()
        elif char == ";" and (scan.group or listed):
            emit()
        elif char in ">);":
            item.problem = item.problem or f"a stray {char!r}"
        else:
            item.at = item.at or char == "@"
            item.after = item.after or (bool(item.angles) and char not in " \t")
            if not item.angles:
                item.words.append(char)
        position += 1
    emit()
    return scan


def _bracketed(text: str, position: int, item: _Item) -> int:
    """A quoted string, a comment or an angle-addr goes into the item; the position after it."""
    problem = ""
    if text[position] == '"':
        piece, position, closed = _until(text, position, '"')
        item.words.append(piece)
        item.after = item.after or bool(item.angles)
        problem = "" if closed else "an unclosed quotation"
    elif text[position] == "(":
        comment, position, closed = _comment(text, position)
        item.comments.append(comment)
        problem = "" if closed else "an unclosed comment"
    else:
        stop = _angle_end(text, position + 1)
        problem = "an unclosed angle bracket" if stop < 0 else "several angle brackets" if item.angles else ""
        item.angles.append(text[position + 1 : stop if stop >= 0 else len(text)])
        position = stop + 1 if stop >= 0 else len(text)
    item.problem = item.problem or problem
    return position


def _until(text: str, position: int, closing: str) -> tuple[str, int, bool]:
    """A quoted string with its quotes, the position after it, and whether it was closed."""
    out = [text[position]]
    position += 1
    while position < len(text):
        char = text[position]
        out.append(char)
        position += 1
        if char == "\\" and position < len(text):
            out.append(text[position])
            position += 1
        elif char == closing:
            return "".join(out), position, True
    return "".join(out), position, False


def _comment(text: str, position: int) -> tuple[str, int, bool]:
    """A nested comment (counted, not recursed), its text, the position after it, and whether it was closed."""
    depth, out = 0, []
    while position < len(text):
        char = text[position]
        position += 1
        if char == "\\" and position < len(text):
            out.append(text[position])
            position += 1
        elif char == "(":
            out.append("(" if depth else "")
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return "".join(out), position, True
            out.append(")")
        else:
            out.append(char)
    return "".join(out), position, False


def _angle_end(text: str, position: int) -> int:
    """The closing bracket, not one inside a quoted local part; -1 when there is none."""
    if text[position : position + 1] == '"':
        _, position, closed = _until(text, position, '"')
        if not closed:
            return -1
    stop = text.find(">", position)
    opened = text.find("<", position, stop if stop >= 0 else len(text))
    return -1 if opened >= 0 else stop


def is_address(text: str) -> bool:
    """An RFC 5321 Mailbox (section 4.1.2), with UTF-8 as RFC 6531 allows; no route, no control, no white space."""
    if not text or len(text) > _LOCAL_OCTETS + _DOMAIN_OCTETS + 1 or ("=?" in text and "?=" in text):
        return False
    local, at, domain = text.rpartition("@")
    if not at or not local or len(local) > _LOCAL_OCTETS:
        return False
    if _COMMON.fullmatch(text) and len(domain) <= _DOMAIN_OCTETS:
        return True
    return _is_local(local) and _is_domain(domain)


def _is_local(local: str) -> bool:
    if local[0] == '"':
        inner, end = local[1:-1], len(local)
        if end < 3 or local[-1] != '"':
            return False
        escaped = False
        for char in inner:
            if not (" " <= char <= "~" or _is_utf8(char)) or (char == '"' and not escaped):
                return False
            escaped = char == "\\" and not escaped
        return not escaped
    return all(
        atom and (_ATEXT.issuperset(atom) or all(char in _ATEXT or _is_utf8(char) for char in atom))
        for atom in local.split(".")
    )


def _is_utf8(char: str) -> bool:
    """UTF8-non-ascii of RFC 6532 that a person can see."""
    return char > "\x9f" and not "\ud800" <= char <= "\udfff" and char.isprintable() and clean(char) == char


def _is_domain(domain: str) -> bool:
    if domain[:1] == "[":
        return domain[-1:] == "]" and _is_literal(domain[1:-1])
    domain = domain.removesuffix(".")
    if not domain or len(domain) > _DOMAIN_OCTETS:
        return False
    return all(
        0 < len(label) <= 63
        and label[0] != "-"
        and label[-1] != "-"
        and (_LABEL.issuperset(label) or all(char in _LABEL or (_is_utf8(char) and char.isalnum()) for char in label))
        for label in domain.split(".")
    )


def _is_literal(text: str) -> bool:
    """RFC 5321 section 4.1.3."""
    try:
        ipaddress.ip_address(text[5:] if text[:5].lower() == "ipv6:" else text)
    except ValueError:
        return False
    return True


@lru_cache(4096)
def normalise(address: str) -> str:
    """The form to compare: lower case, no trailing dot, A-labels, no needless quotes (RFC 5321 section 4.1.2)."""
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return address.strip().lower()
    domain = domain.rstrip(".").lower()
    if not domain.isascii() and len(domain) <= _DOMAIN_OCTETS:
        domain = a_labels(domain)
    if local[:1] == '"' and "\\\\" not in local and _PLAIN.fullmatch(plain := local[1:-1].replace("\\", "")):
        local = plain
    return f"{local.lower()}@{domain}"


def a_labels(domain: str) -> str:
    """A lower-case domain as DNS has it; the same where that cannot be. Python's codec is of IDNA 2003, which takes
    `faß` for `fass`: those are two domains, of two owners (RFC 5894 section 7.2)."""
    try:
        labels = (_deviant(label) or label.encode("idna").decode("ascii") for label in domain.split("."))
        return ".".join(labels).lower().rstrip(".")
    except UnicodeError:
        return domain


def _deviant(label: str) -> str:
    """The A-label of one with a letter that IDNA 2003 would have changed; empty when it has none."""
    if _DEVIATIONS.isdisjoint(label):
        return ""
    found = "xn--" + unicodedata.normalize("NFC", label).encode("punycode").decode("ascii")
    return found if len(found) <= 63 else ""


def split_detail(address: str, delimiter: str = "+") -> tuple[str, str]:
    """`support+k123@x` → (`support@x`, `k123`); the detail is empty when there is none (RFC 5233)."""
    local, at, domain = address.rpartition("@")
    if not at or not delimiter or local[:1] == '"':
        return address, ""
    base, found, detail = local.partition(delimiter)
    return (f"{base}@{domain}", detail) if found and base else (address, "")
