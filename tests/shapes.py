"""The shapes that mail clients give to a reply: the same words and the same quoted mail, as each client writes them.

In: an `Answer`, what a person typed above which mail of ours. Out: the bytes of the whole mail as that client would
send them: headers, parts, encodings, its way to quote, to sign and to break lines. Nothing here is anybody's real mail.

It is one file of more than 400 lines because it is one table, `SHAPES`: each row is a client, made of the parts that
stand above all of them.
"""

from __future__ import annotations

import base64
import quopri
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
PHONE = "+49 30 5550 1234"
NBSP, ZERO_WIDTH = "\u00a0", "\u200b"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What somebody typed, line by line (an empty one is an empty line), above the mail that they answer."""

    name: str
    address: str
    to: str
    subject: str
    message_id: str
    in_reply_to: str
    references: str
    at: datetime
    lines: Sequence[str]
    quoted: str
    quoted_html: str
    quoted_name: str = "Desk Example Support"
    prefix: str = "Re: "


Write = Callable[[Answer], bytes]
SHAPES: dict[str, Write] = {}


def shape(write: Write) -> Write:
    SHAPES[write.__name__] = write
    return write


# Parts and encodings


def _mail(answer: Answer, client: Sequence[str], body: Sequence[str] | bytes) -> bytes:
    local = answer.at.astimezone(BERLIN)
    head = [
        f"From: {answer.name} <{answer.address}>",
        f"To: {answer.quoted_name} <{answer.to}>",
        f"Subject: {answer.prefix}{answer.subject}",
        f"Date: {format_datetime(local)}",
        f"Message-ID: {answer.message_id}",
        f"In-Reply-To: {answer.in_reply_to}",
        f"References: {answer.references}",
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=" + answer.address.rpartition("@")[2],
        "MIME-Version: 1.0",
        *client,
    ]
    text = "\r\n".join(head) + "\r\n"
    content = body if isinstance(body, bytes) else "\r\n".join(body).encode("ascii")
    return text.encode("utf-8") + content


def _part(kind: str, text: str, how: str, more: str = "") -> list[str]:
    """One part: its headers, an empty line, its encoded lines."""
    head = [f"Content-Type: {kind}; charset=utf-8{more}", f"Content-Transfer-Encoding: {how}", ""]
    if how == "base64":
        return [*head, *textwrap.wrap(base64.b64encode(text.replace("\n", "\r\n").encode()).decode(), 76)]
    return [*head, *quopri.encodestring(text.encode()).decode("ascii").split("\n")]


def _alternative(boundary: str, *parts: Sequence[str]) -> list[str]:
    lines = [f'Content-Type: multipart/alternative; boundary="{boundary}"', ""]
    for part in parts:
        lines += [f"--{boundary}", *part, ""]
    return [*lines, f"--{boundary}--", ""]


def _inner(html: str) -> str:
    """The body of our HTML, as a client puts it into its own."""
    found = re.search(r"<body[^>]*>(.*)</body>", html, re.DOTALL)
    return (found[1] if found else html).strip()


def _cited(text: str, sign: str = "> ") -> str:
    return "\n".join(f"{sign}{line}".rstrip() if line else sign.strip() for line in text.rstrip().split("\n"))


def _wrapped(lines: Sequence[str], width: int) -> str:
    return "\n".join("\n".join(textwrap.wrap(line, width, break_long_words=False)) or "" for line in lines)


def _flowed(lines: Sequence[str]) -> str:
    """RFC 3676: a line that goes on ends with a space; one that begins with a space, `>` or `From ` is stuffed."""
    found: list[str] = []
    for line in lines:
        pieces = textwrap.wrap(line, 70, break_long_words=False) or [""]
        pieces = [*(f"{piece} " for piece in pieces[:-1]), pieces[-1]]
        found += [f" {piece}" if piece[:1] in (" ", ">") or piece.startswith("From ") else piece for piece in pieces]
    return "\n".join(found)


def _blocks(lines: Sequence[str], line: str, blank: str) -> str:
    return "\n".join(line.format(escape(one, quote=False)) if one else blank for one in lines)


def _linked(line: str) -> str:
    """Mail addresses as Outlook links them in plain text."""
    return re.sub(r"([\w.+-]+@[\w.-]+\w)", r"\1<mailto:\1>", line)


def _linked_html(html: str) -> str:
    return re.sub(r"(?<![\w.+-:])([\w.+-]+@[\w.-]+\w)", r'<a href="mailto:\1">\1</a>', html)


def _long(at: datetime) -> str:
    return at.astimezone(BERLIN).strftime("%A, %d %B %Y %H:%M")


def _signed(answer: Answer) -> tuple[str, ...]:
    return "Best regards,", "", answer.name, "Engineer | Example Ltd", f"T {PHONE}"


# Outlook


@shape
def outlook_desktop(answer: Answer) -> bytes:
    """Word writes the HTML: one MsoNormal a line, o:p in empty ones, a border above the header block."""
    own = [*answer.lines, "", *_signed(answer)]
    block = [
        f"From: {answer.quoted_name} <{answer.to}> ",
        f"Sent: {_long(answer.at)}",
        f"To: {answer.name} <{answer.address}>",
        f"Subject: {answer.subject}",
    ]
    text = "\n".join([*map(_linked, own), "", " ", "", *block, "", " ", "", answer.quoted])
    head = "<br>\n".join(f"<b>{name}:</b> {escape(value)}" for name, _, value in (b.partition(": ") for b in block))
    html = f"""<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" \
xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40"><head>
<meta name="Generator" content="Microsoft Word 15 (filtered medium)"><style><!--
p.MsoNormal, li.MsoNormal {{margin:0cm; font-size:11.0pt; font-family:"Calibri",sans-serif;}}
--></style></head><body lang="EN-GB" link="#0563C1" vlink="#954F72"><div class="WordSection1">
{_linked_html(_blocks(own, '<p class="MsoNormal">{}<o:p></o:p></p>', '<p class="MsoNormal"><o:p>&nbsp;</o:p></p>'))}
<p class="MsoNormal"><o:p>&nbsp;</o:p></p>
<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">
<p class="MsoNormal">{head}<o:p></o:p></p></div></div>
<p class="MsoNormal"><o:p>&nbsp;</o:p></p>{_inner(answer.quoted_html)}</div></body></html>"""
    parts = (_part("text/plain", text, "quoted-printable"), _part("text/html", html, "quoted-printable"))
    client = ["X-Mailer: Microsoft Outlook 16.0", "Thread-Index: AQHc5d18kqQ0y0mBz0K1s8o3vZ0Q5Q=="]
    return _mail(answer, client, _alternative("----=_NextPart_000_0021_01DC5C4E.8B2C1A40", *parts))


@shape
def outlook_desktop_html_only(answer: Answer) -> bytes:
    """The same after a gateway has dropped the plain part; lines of the list are bullets of Word's."""
    own = _blocks([*answer.lines, "", *_signed(answer)], '<p class=MsoNormal>{}<o:p></o:p></p>',
                  "<p class=MsoNormal><o:p>&nbsp;</o:p></p>")  # fmt: skip
    html = f"""<html><head><meta http-equiv=Content-Type content="text/html; charset=utf-8"></head>
<body lang=DE><div class=WordSection1>{own}
<div><div style='border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal>\
<b>Von:</b> {answer.quoted_name} &lt;{answer.to}&gt; <br><b>Gesendet:</b> Montag, 23. November 2026 09:02<br>\
<b>An:</b> {answer.name} &lt;{answer.address}&gt;<br><b>Betreff:</b> {escape(answer.subject)}<o:p></o:p></p></div></div>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>{_inner(answer.quoted_html)}</div></body></html>"""
    return _mail(answer, ["X-Mailer: Microsoft Outlook 16.0"], _part("text/html", html, "base64"))


@shape
def outlook_desktop_plain(answer: Answer) -> bytes:
    """Plain text mode: lines broken at 76, the old separator, a signature without a sign."""
    own = _wrapped([_linked(line) for line in (*answer.lines, "", *_signed(answer))], 76)
    text = f"""{own}

-----Original Message-----
From: {answer.quoted_name} <{answer.to}>
Sent: {_long(answer.at)}
To: {answer.name} <{answer.address}>
Subject: {answer.subject}

{answer.quoted}"""
    return _mail(answer, ["X-Mailer: Microsoft Outlook 16.0"], _part("text/plain", text, "quoted-printable"))


@shape
def outlook_web(answer: Answer) -> bytes:
    """A div of class elementToProof a line, appendonsend, a rule, divRplyFwdMsg."""
    own = [*answer.lines, "", answer.name, f"Phone: {PHONE}"]
    line = '<div class="elementToProof" style="font-family: Aptos, sans-serif; font-size: 12pt;">{}</div>'
    html = f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body dir="ltr">
{_blocks(own, line, line.format("<br>"))}
<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">
<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" color="#000000" style="font-size:11pt"><b>From:</b> \
{answer.quoted_name} &lt;{answer.to}&gt;<br><b>Sent:</b> {_long(answer.at)}<br><b>To:</b> {answer.name} \
&lt;{answer.address}&gt;<br><b>Subject:</b> {escape(answer.subject)}</font><div>&nbsp;</div></div>
{_inner(answer.quoted_html)}</body></html>"""
    text = (
        "\n".join(own)
        + f"""
________________________________
From: {answer.quoted_name} <{answer.to}>
Sent: {_long(answer.at)}
To: {answer.name} <{answer.address}>
Subject: {answer.subject}

{answer.quoted}"""
    )
    parts = (_part("text/plain", text, "quoted-printable"), _part("text/html", html, "quoted-printable"))
    client = ["Accept-Language: en-GB, en-US", "X-MS-Has-Attach:", "X-MS-TNEF-Correlator:"]
    return _mail(answer, client, _alternative("_000_AM9PR05MB1234_", *parts))


@shape
def outlook_phone(answer: Answer) -> bytes:
    """iOS and Android: HTML with its own line of advertising above the rule."""
    own = _blocks(answer.lines, '<div dir="ltr">{}</div>', '<div dir="ltr"><br></div>')
    html = f"""<html><head></head><body>{own}
<div id="ms-outlook-mobile-body-separator-line" dir="ltr"><br></div>
<div id="ms-outlook-mobile-signature" dir="ltr">Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a></div>
<hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font \
face="Calibri, sans-serif"><b>From:</b> {answer.quoted_name} &lt;{answer.to}&gt;<br><b>Sent:</b> {_long(answer.at)}<br>\
<b>To:</b> {answer.name} &lt;{answer.address}&gt;<br><b>Subject:</b> {escape(answer.subject)}</font><br></div>
{_inner(answer.quoted_html)}</body></html>"""
    text = (
        "\n".join(answer.lines)
        + f"""

Get Outlook for iOS<https://aka.ms/o0ukef>
________________________________
From: {answer.quoted_name} <{answer.to}>
Sent: {_long(answer.at)}
To: {answer.name} <{answer.address}>
Subject: {answer.subject}

{answer.quoted}"""
    )
    parts = (_part("text/plain", text, "base64"), _part("text/html", html, "base64"))
    return _mail(answer, ["Accept-Language: en-GB, en-US"], _alternative("_000_VI1PR05MB7777_", *parts))


@shape
def exchange_phone(answer: Answer) -> bytes:
    """A telephone's own mail program over ActiveSync: HTML only, one line of dashes."""
    own = "<br>".join(escape(line, quote=False) for line in answer.lines)
    html = f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>
<div>{own}</div><div><br></div><div id="composer_signature"><div style="font-size:85%;color:#575757">\
Sent from my Galaxy</div></div><div><br></div>
<div style="font-size:100%;color:#000000"><!-- originalMessage --><div>-------- Original message --------</div>\
<div>From: {answer.quoted_name} &lt;{answer.to}&gt; </div><div>Date: {answer.at:%d/%m/%Y %H:%M} (GMT+01:00) </div>\
<div>To: {answer.name} &lt;{answer.address}&gt; </div><div>Subject: {escape(answer.subject)} </div><div><br></div></div>
{_inner(answer.quoted_html)}</body></html>"""
    return _mail(answer, ["X-MS-Exchange-Organization-AuthAs: Internal"], _part("text/html", html, "quoted-printable"))


# Gmail


@shape
def gmail_web(answer: Answer) -> bytes:
    """Two parts; the plain one is broken at 78 and its attribution may be, too."""
    said = f"On {answer.at.astimezone(BERLIN):%a, %d %b %Y at %H:%M}, {answer.quoted_name} <{answer.to}> wrote:"
    own = f"{_wrapped([*answer.lines, ''], 78)}\n-- \n{answer.name}\n{PHONE}"
    text = f"{own}\n\n{_wrapped([said], 78)}\n\n{_cited(answer.quoted)}\n"
    html = f"""<div dir="ltr">{_blocks(answer.lines, "<div>{}</div>", "<div><br></div>")}<div><br clear="all"></div>\
<div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature" \
data-smartmail="gmail_signature"><div dir="ltr">{answer.name}<br>{PHONE}</div></div></div><br>\
<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{escape(said)}<br></div>\
<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204)">\
{_inner(answer.quoted_html)}</blockquote></div>"""
    parts = (_part("text/plain", text, "quoted-printable"), _part("text/html", html, "quoted-printable"))
    return _mail(answer, [], _alternative("000000000000e1f2a3064d1b2c3d", *parts))


@shape
def gmail_phone(answer: Answer) -> bytes:
    """Paragraphs that say dir=auto; in the plain part two line ends where one was meant."""
    said = f"On {answer.at.astimezone(BERLIN):%a, %d %b %Y, %H:%M} {answer.quoted_name}, <{answer.to}> wrote:"
    text = f"{_wrapped(answer.lines, 78)}\n\n{_wrapped([said], 78)}\n\n{_cited(answer.quoted)}\n"
    html = f"""<div dir="auto">{_blocks(answer.lines, '<div dir="auto">{}</div>', '<div dir="auto"><br></div>')}</div>\
<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{escape(said)}<br></div>\
<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid">{_inner(answer.quoted_html)}\
</blockquote></div>"""
    parts = (_part("text/plain", text, "base64"), _part("text/html", html, "base64"))
    return _mail(answer, [], _alternative("0000000000004b5c6d064d1c2d3e", *parts))


# Apple Mail


@shape
def apple_mail(answer: Answer) -> bytes:
    """The plain part keeps the lines and quotes with the quotation's own attribution in it; the HTML cites by type."""
    said = f"On {answer.at.astimezone(BERLIN):%d. %b %Y, at %H:%M}, {answer.quoted_name} <{answer.to}> wrote:"
    own = [*answer.lines, "", "Kind regards", answer.name]
    text = "\n".join(own) + f"\n\n> {said}\n> \n{_cited(answer.quoted)}\n\n"
    html = f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body \
style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">\
{_blocks(own, "<div>{}</div>", "<div><br></div>")}<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote \
type="cite"><div>{escape(said)}</div><br class="Apple-interchange-newline"><div>{_inner(answer.quoted_html)}</div>\
</blockquote></div><br></body></html>"""
    parts = (_part("text/plain", text, "quoted-printable"), _part("text/html", html, "quoted-printable"))
    client = ["X-Mailer: Apple Mail (2.3826.200.121)"]
    return _mail(answer, client, _alternative("Apple-Mail=_5B1F2C3D-9A8B-4C7D-8E6F-0123456789AB", *parts))


@shape
def apple_phone(answer: Answer) -> bytes:
    """Base64, no-break spaces where two spaces stood, the telephone's line below the words."""
    said = f"On {answer.at.astimezone(BERLIN):%d. %b %Y, at %H:%M}, {answer.quoted_name} <{answer.to}> wrote:"
    text = "\n".join(answer.lines) + f"\n\nSent from my iPhone\n\n> {said}\n> \n> \ufeff\n{_cited(answer.quoted)}\n"
    html = f"""<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body \
dir="auto">{_blocks(answer.lines, '<div dir="ltr">{}</div>', '<div dir="ltr"><br></div>')}<br id=\
"lineBreakAtBeginningOfSignature"><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">\
{escape(said)}<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">\ufeff{_inner(answer.quoted_html)}\
</div></blockquote></body></html>"""
    parts = (_part("text/plain", text, "base64"), _part("text/html", html, "base64"))
    return _mail(answer, ["X-Mailer: iPhone Mail (23B85)"], _alternative("Apple-Mail-0A1B2C3D", *parts))


@shape
def apple_phone_plain(answer: Answer) -> bytes:
    """A short reply goes as plain text alone."""
    said = f"On {answer.at.astimezone(BERLIN):%d. %b %Y, at %H:%M}, {answer.quoted_name} <{answer.to}> wrote:"
    body = f"{NBSP}\n" + "\n".join(answer.lines) + f"\n\nSent from my iPhone\n\n> {said}\n> \n{_cited(answer.quoted)}"
    return _mail(answer, ["X-Mailer: iPhone Mail (23B85)"], _part("text/plain", body, "quoted-printable"))


# Others


@shape
def thunderbird_plain(answer: Answer) -> bytes:
    """format=flowed: lines that go on end with a space, quotations are stuffed."""
    said = f"On {answer.at.astimezone(BERLIN):%d.%m.%y %H:%M}, {answer.quoted_name} wrote:"
    text = f"{_flowed(answer.lines)}\n\n-- \n{answer.name}\n{PHONE}\n\n{said}\n{_cited(answer.quoted, '>')}\n"
    body = _part("text/plain", text, "quoted-printable", "; format=flowed")
    return _mail(answer, ["User-Agent: Mozilla Thunderbird", "Content-Language: en-US"], body)


@shape
def thunderbird_html(answer: Answer) -> bytes:
    """HTML alone, lines apart by br, the quotation after moz-cite-prefix."""
    said = f"On {answer.at.astimezone(BERLIN):%d.%m.%y %H:%M}, {answer.quoted_name} wrote:"
    own = "<br>\n    ".join(escape(line, quote=False) for line in answer.lines)
    html = f"""<!DOCTYPE html>
<html>
  <head>
    <meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
  </head>
  <body>
    {own}<br>
    <br>
    <div class="moz-signature">-- <br>
      {answer.name}<br>
      {PHONE}</div>
    <br>
    <div class="moz-cite-prefix">{escape(said)}<br>
    </div>
    <blockquote type="cite" cite="mid:{answer.in_reply_to.strip("<>")}">
      {_inner(answer.quoted_html)}
    </blockquote>
    <br>
  </body>
</html>"""
    return _mail(answer, ["User-Agent: Mozilla Thunderbird"], _part("text/html", html, "quoted-printable"))


@shape
def fastmail(answer: Answer) -> bytes:
    """Divs, an attribution with commas, a quotation with an id of its own."""
    said = f"On {answer.at.astimezone(BERLIN):%a, %b %d, %Y, at %I:%M %p}, {answer.quoted_name} wrote:"
    text = "\n".join(answer.lines) + f"\n\n{said}\n{_cited(answer.quoted)}\n\n"
    html = f"""<!DOCTYPE html><html><head><title></title><style type="text/css">p.MsoNormal{{margin:0}}</style></head>\
<body>{_blocks(answer.lines, "<div>{}</div>", "<div><br></div>")}<div><br></div><div>{said}</div>\
<blockquote type="cite" id="qt" style="">{_inner(answer.quoted_html)}</blockquote><div><br></div></body></html>"""
    parts = (_part("text/plain", text, "quoted-printable"), _part("text/html", html, "quoted-printable"))
    return _mail(answer, ["User-Agent: Cyrus-JMAP/3.13.0"], _alternative("0f1e2d3c4b5a69788796a5b4c3d2e1f0", *parts))


@shape
def mutt(answer: Answer) -> bytes:
    """Plain text as an editor left it."""
    said = f"On {answer.at.astimezone(BERLIN):%a, %b %d, %Y at %I:%M:%S%p %z}, {answer.quoted_name} wrote:"
    own = _wrapped([*answer.lines, ""], 72)
    text = f"{own}\n{said}\n{_cited(answer.quoted)}\n\n-- \n{answer.name}\n{PHONE}\n"
    return _mail(answer, ["User-Agent: Mutt/2.2.13 (2024-03-09)"], _part("text/plain", text, "quoted-printable"))


@shape
def mutt_top(answer: Answer) -> bytes:
    """The signature above the quotation, a German attribution."""
    said = f"Am {answer.at.astimezone(BERLIN):%d.%m.%Y um %H:%M} schrieb {answer.quoted_name}:"
    text = _wrapped(answer.lines, 72) + f"\n\n-- \n{answer.name}\n{PHONE}\n\n{said}\n{_cited(answer.quoted, '>')}\n"
    return _mail(answer, ["User-Agent: NeoMutt/20240425"], _part("text/plain", text, "base64"))


@shape
def k9(answer: Answer) -> bytes:
    """Two parts; the telephone's line is a signature with its sign."""
    local = answer.at.astimezone(BERLIN)
    said = f"Am {local:%d}. November {local:%Y %H:%M:%S} MEZ schrieb {answer.quoted_name} <{answer.to}>:"
    device = "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet."
    text = "\n".join(answer.lines) + f"\n\n{said}\n{_cited(answer.quoted, '>')}\n-- \n{device}"
    html = f"""<!DOCTYPE html><html><body><div dir="auto">{"<br>".join(escape(o, quote=False) for o in answer.lines)}\
<br><br></div><br><br><div class="gmail_quote"><div dir="auto">{escape(said)}</div><blockquote class="gmail_quote" \
style="margin: 0pt 0pt 0pt 0.8ex; border-left: 1px solid rgb(204, 204, 204)">{_inner(answer.quoted_html)}</blockquote>\
</div><div class="k9mail-signature">-- <br>{device}</div></body></html>"""
    parts = (_part("text/plain", text, "quoted-printable"), _part("text/html", html, "quoted-printable"))
    return _mail(answer, ["User-Agent: K-9 Mail for Android"], _alternative("----QK8J7H6G5F4D3S2A1", *parts))


@shape
def fairemail(answer: Answer) -> bytes:
    """HTML beside a plain part that was made of it."""
    said = f"{answer.at.astimezone(BERLIN):%b %d, %Y %I:%M:%S %p} {answer.quoted_name} <{answer.to}>:"
    text = "\n".join(answer.lines) + f"\n\n{said}\n{_cited(answer.quoted)}\n"
    html = f"""<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><div dir="auto">\
{"<br>".join(escape(one, quote=False) for one in answer.lines)}</div><br><div class="fairemail_quote"><p>{escape(said)}\
</p><blockquote type="cite">{_inner(answer.quoted_html)}</blockquote></div></body></html>"""
    parts = (_part("text/plain", text, "base64"), _part("text/html", html, "base64"))
    return _mail(answer, ["X-Mailer: FairEmail"], _alternative("----=_Part_1_2.3", *parts))
