"""What the search begins with: our own mails and stories, and the public corpus where it is at hand.

In: the kinds of a target. Out: small inputs. Must never copy anything of the corpus: it is read, never written.
"""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parent
LARGEST = 20_000
_CALENDAR = b"""BEGIN:VCALENDAR
METHOD:REPLY
BEGIN:VTIMEZONE
TZID:a
BEGIN:STANDARD
DTSTART:16011028T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
DTSTART;TZID=a:20261006T100000
DURATION:P1DT1H
ATTENDEE;CN="a;b";PARTSTAT=ACCEPTED:mailto:a@x.test
END:VEVENT
END:VCALENDAR
"""
_MAIL = b"""From: a@x.test
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html

<p>a
--b
Content-Disposition: attachment; filename*=utf-8''a%2fb
Content-Transfer-Encoding: base64

QUJD
--b
Content-Type: message/delivery-status

Final-Recipient: rfc822; a@x.test
Action: failed
--b--
"""
_WORDS = {
    "header": [
        b'=?utf-8?q?a=0D=0A?= "b" <a@x.test>, (c) g: d@x.test;', b"text/plain; charset*0*=utf-8''%41; name=\"a\\\"b\"",
        b"<a@x> <b@x>,c@x", b"Mon, 5 Oct 2026 10:00:00 +0200 (CEST)", b"mx; dkim=pass header.d=x (a (b)); spf=none",
        b"Re[2]: AW: [x] Fwd: a", b"=?iso-2022-jp?B?GyRCJCIbKEI=?= =?utf-8?q?=F0=9F=98?=",
    ],
    "html": [
        b"<div style='position:fixed'><!-- a --><blockquote>a<br>&nbsp;<a href='http://x.test/?a&amp;b'>b</a></div>",
        b"<table><tr><td>a<td>b</table><ul><li>a<ol><li>b</ul><pre> a\n b</pre><img src=cid:a alt=b>",
        b"<svg><style><img src=x onerror=a></style><![CDATA[ <script>a</script> ]]><!--[if mso]>a<![endif]-->",
    ],
    "text": [
        b"Yes.\n\nOn Mon, 5 Oct 2026 at 10:00, A <a@x.test>\nwrote:\n> a\n>> b\n\nno\n> c\n-- \nA\n",
        b"a\n\n-----Original Message-----\nFrom: a\nSent: b\nTo: c\nSubject: d\n\ne\xff\xfe\xfde\nSent from my phone\n",
    ],
    "calendar": [_CALENDAR],
    "mail": [_MAIL],
}  # fmt: skip
_FOLDERS = {
    "mail": ((TESTS / "mails", "*/*.eml"), (TESTS / "stories", "**/*.eml")),
    "text": ((TESTS / "mails" / "sent", "*"),),
}
_CORPUS = {
    "mail": ("robust/msg/*", "reply/f/*.eml"),
    "calendar": ("ics/f/*.ics",),
    "text": ("reply/f/*.txt",),
}


def seeds(kinds: tuple[str, ...], *, corpus: bool = False) -> list[bytes]:
    """The inputs of some kinds, in an order that never changes."""
    found = [word for kind in kinds for word in _WORDS.get(kind, ())]
    for kind in kinds:
        for folder, pattern in _FOLDERS.get(kind, ()):
            found.extend(_contents(folder, pattern))
        if corpus and os.environ.get("REPLYDESK_CORPUS"):
            for pattern in _CORPUS.get(kind, ()):
                found.extend(_contents(Path(os.environ["REPLYDESK_CORPUS"]), pattern))
    return found


def _contents(folder: Path, pattern: str) -> list[bytes]:
    paths = sorted(path for path in folder.glob(pattern) if path.is_file() and path.stat().st_size <= LARGEST)
    return [path.read_bytes() for path in paths]
