"""Every cap of the interpretation, and the preflight that cuts a mail down to them.

In: the raw bytes of a mail. Out: bytes that the parser may be given, and a sentence for each thing that was cut.
Must never raise, never take more than linear time, and never change what is stored: only the interpretation is bounded.
"""

from __future__ import annotations

import re
from itertools import islice

HEADER_COUNT = 1_000  # header lines of the top block
HEADER_BLOCK = 256 * 1024  # bytes of the top block
HEADER_LINES = 50_000  # header lines of all parts together
HEADER_VALUE = 64 * 1024  # bytes of one header that are looked at
LINES = 700_000  # a 45 MB mail in base64 has that many; a bomb of empty lines has more
PARTS = 1_000
BOUNDARY = 10_000  # characters of a boundary line (RFC 2046: 74; Postfix: 2,048)
DEPTH = 30  # multiparts inside one another (Postfix: 100); deeper ones are read as text
PARAMETERS = 100  # MIME parameters of one header
ENCODED_WORDS = 200  # RFC 2047 words of one header
ADDRESSES = 500  # mailboxes of one header
REFERENCES = 100  # message ids of one header, newest kept
AUTH_HEADERS = 20
AUTH_METHODS = 50
BODY_TEXT = 1_000_000  # characters of the readable body
SPLIT_LINES = 20_000  # lines that are sorted into reply and quotation; what is below them is set apart
ANSWERS = 200  # answers inside a quotation that are given with their question; the words of all others are kept
SENT_TEXT = 100_000  # characters of what we had sent that a reply is compared with, newest mails first
ALIGNED_TEXT = 100_000  # characters of a reply that are compared with it; below that its looks alone decide
ALIGNED_LINE = 40  # characters that a line of either counts for at least: empty lines cost time too
TEXT_SOURCE = 4_000_000  # encoded characters of a text part that are looked at
HTML_DEPTH = 200
HTML_NEAR = 50  # open elements among which the one that a closing tag means is looked for
HTML_WALKED = 40_000  # tags and texts that are interpreted; of what follows, the tags are only taken out
HTML_LINKS = 1_000
HTML_CELLS = 8_000  # cells of one table that are sorted into rows
HTML_PARTS = 20  # HTML parts of one mail of which a sanitised copy is made
HTML_TAGS = 20_000  # elements of a sanitised copy, and signs in it that must be written as references
SANITISED_SOURCE = 250_000  # characters of an HTML part of which a sanitised copy is made
DETECT_LEAST = 24  # bytes below which a guess is a lottery
CHARSET_REPAIRS = 20_000  # wrong bytes or shifts of one text that are mended one by one
DETECT_BYTES = 16 * 1024  # of 8-bit lines by which a charset is guessed
FILENAME = 200  # bytes of a safe name (RFC 2183 sets none, file systems do: 255)
FORWARD_TRIES = 100  # places of a text that look like the beginning of a forward and are none
ATTACHED_MAILS = 10  # attached mails of a forward whose text is read
ATTACHED_BYTES = 400_000  # encoded bytes of each that are looked at
HEADER_BLOCK_LINES = 40  # lines that the header block of a forwarded or quoted mail may have
RECIPIENTS = 100  # failed recipients of one bounce
CALENDAR_LINES = 20_000
CALENDAR_LINE = 10_000  # characters of one unfolded content line that are looked at
CALENDAR_DEPTH = 8  # components inside one another; RFC 5545 needs three, RFC 7953 and 9073 four
CALENDAR_PARTS = 4  # parts of one mail that are read as calendars
ATTENDEES = 200  # attendees of one invitation
OBSERVANCES = 300  # changes of the clock that one VTIMEZONE lists
COMMANDS = 20
COMMAND_LINE = 1_000  # letters of a command, with the lines that a client broke it into
FINGERPRINTED = 8_000  # characters of the words by which a mail is known again
OPENED = 4  # containers (TNEF, S/MIME, uuencoded text) inside one another that are opened
OPENED_BYTES = 40_000_000  # bytes of one container that are opened
TNEF_VALUES = 20_000  # attributes and MAPI properties of one TNEF file
RTF = 2_000_000  # bytes that a compressed RTF body may become
RTF_TOKENS = 120_000  # words and braces of an RTF body
CMS_VALUES = 50_000  # BER values of one S/MIME object; 1,000-byte pieces of a 45 MB mail are 45,000
CMS_DEPTH = 16  # octet strings inside one another
INFLATED = 5_000_000  # bytes that a compressed S/MIME object may become

_SPACED_COLON = re.compile(rb"(?m)^([!-9;-~]++)[ \t]++:")
_SPACED = "space before the colon of "
_SPACED_SHOWN = 10
_LEADING = b" \t\r\n"
NO_FIELD = "a line of the header is no field"
FIELDS_BELOW = "fields stand below a line of the header that is none"
ENVELOPE_LINE = "an envelope line of an mbox in the header"
BARE_CR = "a bare CR in the header"
BARE_LF = "a bare LF in the header"
ONLY_CR = "lines end in bare CR"
BLANK_FIRST = "blank lines before the header"
LONG_BLOCK = f"header block longer than {HEADER_BLOCK} bytes was cut"
MANY_LINES = f"header block of more than {HEADER_COUNT} lines was cut"
_JUNK = re.compile(rb"(?m)^(?![!-9;-~]++:|[ \t\r\n]|From )(?=.)")
_JUNK_BELOW = re.compile(rb"\n(?![!-9;-~]++:|[ \t\r\n]|From )(?=.)")  # the same below the first line, quicker
_CR = re.compile(rb"\r(?!\n)")
_LF = re.compile(rb"(?<!\r)\n(?![ \t])")
_FROM = re.compile(rb"(?mi)^from:")
_QUOTED_ENVELOPE = re.compile(rb">{1,10}From ")
# What says that a machine wrote, or that a loop is near: it must be seen wherever a header is cut or comes to its end.
_MARK = (
    rb"(?:auto-submitted|precedence|list-(?:id|post|unsubscribe)|x-auto-response-suppress|x-auto-?(?:reply|respond))"
)
_MARKS = re.compile(rb"(?mi)^(" + _MARK + rb"[ \t]{0,20}:[^\r\n]{0,200})")
_MARKS_KEPT = 20
_MARRED = re.compile(rb"(?mi)^[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]{0,8}(" + _MARK + rb")[\x00-\x20\x7f-\xff]{0,8}:")
# Fields that no author writes below his first words: where one stands, the header had not come to its end.
_STILL_HEADER = re.compile(rb"(?mi)^(?:" + _MARK + rb"|message-id|received|dkim-signature|authentication-results):")
# Fields that say who wrote a mail, or who vouches for that.
_PROVING = ("from", "authentication-results", "arc-seal", "arc-message-signature", "arc-authentication-results")
_DOUBTS = {
    NO_FIELD: "From stands below a line that is no field",
    **{
        defect: defect
        for defect in (FIELDS_BELOW, ENVELOPE_LINE, BARE_CR, BARE_LF, ONLY_CR, BLANK_FIRST, LONG_BLOCK, MANY_LINES)
    },
    **{_SPACED + name: _SPACED + name.title() for name in _PROVING},
}
_UTF8 = b"\xef\xbb\xbf"
_CALENDAR_STARTS = (b"B", b"b", b"\r", b"\n", b" ", b"\t", _UTF8[:1])
TNEF = b"\x78\x9f\x3e\x22"
"""The first bytes of a TNEF stream (MS-OXTNEF section 2.1.1)."""


def capped(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Bytes whose top header block and line count are bounded, and what was done to them."""
    defects: list[str] = []
    raw = _enveloped(raw, defects)
    if b"\n" not in raw and b"\r" in raw:
        # RFC 5322 section 2.3 forbids a bare CR; old Macintosh files have nothing else.
        raw = raw.replace(b"\r", b"\n")
        defects.append(ONLY_CR)
    if raw[:1_000].partition(b"\n")[0].endswith(b"\r\r"):
        # A gateway turned LF into CR LF twice. Python sees an empty line below the first field, other readers none.
        raw = raw.replace(b"\r\r\n", b"\r\n")
        defects.append(BARE_CR)
    if raw[:1] and raw[0] in _LEADING:
        stripped = raw.lstrip(_LEADING)
        if stripped:
            raw = stripped
            defects.append(BLANK_FIRST)
    end, body = header_end(raw)
    found = end >= 0
    end = end if found else min(len(raw), HEADER_BLOCK)
    is_mixed = _mixes_line_ends(raw, body if found else end)
    head = _capped_head(raw[:end], raw[end : 2 * HEADER_BLOCK] if not found else b"", defects)
    if is_mixed:
        defects.append(BARE_LF)
    if not raw.startswith(head) or len(head) != end:
        raw = head + (raw[end:] if found else b"\n\n" + raw[end:])
    return _capped_lines(raw, defects), tuple(defects)


def doubt(defects: tuple[str, ...]) -> str:
    """Why another reader, such as the relay that vouches for From, may have seen another header than the one that is
    read here; empty when all see the same. What `capped` said of a mail is given."""
    return next((_DOUBTS[defect] for defect in defects if defect in _DOUBTS), "")


def header_end(raw: bytes, within: int = HEADER_BLOCK) -> tuple[int, int]:
    """Where the header ends and where the body begins; (-1, -1) when no empty line comes."""
    first = raw.find(b"\n")
    if raw[first - 1 : first] == b"\r":  # most of the mail that comes over the wire: the other pair is not far to seek
        end = raw.find(b"\n\r\n", 0, within)
        bare = raw.find(b"\n\n", 0, end + 1 if end >= 0 else within)
    else:
        bare = raw.find(b"\n\n", 0, within)
        end = raw.find(b"\n\r\n", 0, bare + 1 if bare >= 0 else within)
    if bare >= 0 and (end < 0 or bare < end):
        end, body = bare, bare + 2
    elif end >= 0:
        body = end + 3
    else:
        return -1, -1
    return end - 1 if end > 0 and raw[end - 1] == 0x0D else end, body


def _enveloped(raw: bytes, defects: list[str]) -> bytes:
    """A file that is no mail but one of its parts gets a header that says so: nothing is lost, nothing guessed."""
    start = raw[:64]
    if start[:4] == TNEF:
        defects.append("no mail: a TNEF file")
        return b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: binary\n\n" + raw
    if start[:1] in _CALENDAR_STARTS and start.removeprefix(_UTF8).lstrip(_LEADING)[:15].upper() == b"BEGIN:VCALENDAR":
        defects.append("no mail: a calendar file")
        return b"Content-Type: text/calendar\nContent-Transfer-Encoding: 8bit\n\n" + raw
    return raw


def _mixes_line_ends(raw: bytes, body: int) -> bool:
    """Whether a line of the header ends in LF alone below one that ends in CRLF: who keeps to RFC 5322 section 2.2 sees
    one line there. LF above CRLF is what a local program put on top of a mail."""
    lines, whole = raw.count(b"\n", 0, body), raw.count(b"\r\n", 0, body)
    return 0 < whole < lines and _LF.search(raw, raw.find(b"\r\n"), body) is not None


def _capped_head(head: bytes, below: bytes, defects: list[str]) -> bytes:
    """The header block with at most HEADER_COUNT lines and no space before a colon. `below` is what follows where no
    empty line ended it."""
    head = _cut(head, below, defects)
    if b"\r" in head and head.count(b"\r") != head.count(b"\r\n"):
        # RFC 5322 section 2.2 forbids it. Python begins a field behind it, relays and milters do not: one that took a
        # forged Authentication-Results away would not have seen that one. It is white space of the field it stands in.
        head = _CR.sub(b" ", head)
        defects.append(BARE_CR)
    if (b" :" in head or b"\t:" in head) and _SPACED_COLON.search(head):
        # RFC 5322 section 4.5 (obs-optional) lets white space stand before the colon. Python ends the header block
        # there, other readers do not; who wrote such a From is nobody, and such a machine's mark is one.
        names = {match.group(1).lower().decode("ascii") for match in _SPACED_COLON.finditer(head)}
        head = _SPACED_COLON.sub(rb"\1:", head)
        others = sorted(names.difference(_PROVING))[:_SPACED_SHOWN]
        defects.extend(_SPACED + name for name in (*(name for name in _PROVING if name in names), *others))
    quoted = _QUOTED_ENVELOPE.match(head)
    if quoted is not None:
        head = head[quoted.end() - 5 :]  # as if it was the envelope line of an mbox, which the parser passes over
    if b"\nFrom " in head:
        # The parser passes over it, too. To Postfix and others the header ends there.
        defects.append(ENVELOPE_LINE)
    return _mended(head, defects)


def _cut(head: bytes, below: bytes, defects: list[str]) -> bytes:
    """At most HEADER_COUNT lines. What is cut off says who wrote a mail to other readers, but not to us; only the marks
    of machines are kept of it."""
    whole = head
    if below:
        cut = head.rfind(b"\n")
        head = head[: cut if cut > 0 else HEADER_VALUE]
        end, _ = header_end(below)
        below = below[:end] if end >= 0 else below
        defects.append(LONG_BLOCK)
    if head.count(b"\n") >= HEADER_COUNT:
        head = b"\n".join(head.split(b"\n", HEADER_COUNT)[: HEADER_COUNT - _MARKS_KEPT])
        defects.append(MANY_LINES)
    if len(head) == len(whole):
        return head
    marks = [match.group(1) for match in islice(_MARKS.finditer(whole[len(head) :] + below), _MARKS_KEPT)]
    return b"\n".join((head.removesuffix(b"\r"), *marks))


def _mended(head: bytes, defects: list[str]) -> bytes:
    """A header that goes on below a line that is no field."""
    junk = _junk(head)
    if junk < 0:
        return head
    head, marred = _MARRED.subn(rb"\1:", head)
    junk = _junk(head) if marred else junk
    author_above = _FROM.search(head, 0, max(junk, 0)) is not None
    author_below = junk >= 0 and _FROM.search(head, junk) is not None
    goes_on = junk >= 0 and not head.startswith(b"--", junk) and _STILL_HEADER.search(head, junk) is not None
    if author_below and not author_above:
        # A relay unfolded a field and lost its white space. Python ends the header block there, other readers do not;
        # the fields below are read, and the caller treats such a From as unauthenticated.
        defects.append(NO_FIELD)
        return _JUNK.sub(b" ", head)
    if goes_on:
        defects.append(FIELDS_BELOW)
        return _JUNK.sub(b"X-No-Field: ", head)
    if marred or author_below or head.startswith(b":", junk):  # the parser passes over a line without a name
        defects.append(FIELDS_BELOW)
    return head


def _junk(head: bytes) -> int:
    """Where the first line begins that is no field; -1 where there is none."""
    junk = _JUNK.match(head) or _JUNK_BELOW.search(head)
    return junk.end() if junk is not None else -1


def _capped_lines(raw: bytes, defects: list[str]) -> bytes:
    """At most LINES lines, because the parser makes an object of each."""
    if len(raw) <= LINES or _lines(raw) <= LINES:
        return raw
    # Iterating is linear; one pattern for many line ends backtracks over CR LF in exponential time (it did).
    last = next(islice(_LINE_END.finditer(raw), LINES - 1, None))
    defects.append(f"more than {LINES} lines: the rest was not read")
    return raw[: last.end()]


_LINE_END = re.compile(rb"\r\n|\r|\n")


def _lines(raw: bytes) -> int:
    """How many line ends there are, CR LF counted once."""
    returns = raw.count(b"\r")
    return raw.count(b"\n") + returns - (raw.count(b"\r\n") if returns else 0)
