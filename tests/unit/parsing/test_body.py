"""Which part is the text, and how it is decoded (intake 48, 49, 53, 56-58)."""

import codecs
import time

import pytest

from parsing import charset
from parsing.body import flowed
from parsing.markup import to_text
from parsing.reading import read

HEAD = b"From: a@x.test\r\nSubject: s\r\nMIME-Version: 1.0\r\n"


def multi(kind: bytes, *parts: bytes) -> bytes:
    return (
        HEAD
        + b"Content-Type: multipart/"
        + kind
        + b"; boundary=b\r\n\r\n"
        + b"".join(b"--b\r\n" + p + b"\r\n" for p in parts)
        + b"--b--\r\n"
    )


PLAIN = b"Content-Type: text/plain\r\n\r\nplain words"
HTML = b"Content-Type: text/html\r\n\r\n<p>html words</p>"


def test_plain_is_preferred():
    mail = read(multi(b"alternative", PLAIN, HTML))
    assert mail.text == "plain words"
    assert mail.attachments == ()


def test_an_empty_plain_part_gives_way():
    assert read(multi(b"alternative", b"Content-Type: text/plain\r\n\r\n \r\n", HTML)).text == "html words"


def test_mixed_texts_are_joined_and_files_are_not():
    mail = read(
        multi(
            b"mixed",
            PLAIN,
            b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nfile",
            HTML,
        )
    )
    assert mail.text == "plain words\n\nhtml words"
    assert [attachment.filename for attachment in mail.attachments] == ["a.txt"]


def test_an_attached_mail_is_never_merged():
    mail = read(multi(b"mixed", PLAIN, b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\n#close"))
    assert "#close" not in mail.text
    assert mail.attachments[0].content_type == "message/rfc822"
    assert mail.attachments[0].safe_name == "inner.eml"


def test_encrypted_text_is_empty_with_a_defect():
    mail = read(
        multi(
            b"encrypted",
            b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
            b"Content-Type: application/octet-stream\r\n\r\nx",
        )
    )
    assert mail.text == ""
    assert "the text is encrypted" in mail.defects


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        (b"base64", b"aGVsbG8gdGhlcmU="),
        (b"base64", b"aGVs!!bG8g\r\ndGhlcmU"),
        (b"BASE64 ", b"aGVsbG8gdGhlcmU=\r\nAAA"[:18]),
        (b"quoted-printable", b"hello=20=\r\nthere"),
        (b"x-uuencode", b"begin 644 x\r\n+:&5L;&\\@=&AE<F4 \r\n`\r\nend"),
        (b"foo", b"hello there"),
    ],
)
def test_transfer_encodings(encoding, data):
    raw = HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n" + data
    assert read(raw).text.strip() == "hello there"


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("utf-8", "ü".encode(), "ü"),
        ("iso-8859-1", b"\x80", "€"),
        ("gb2312", "鎔".encode("gb18030"), "鎔"),
        ("ks_c_5601-1987", "똠".encode("cp949"), "똠"),
        ("x-unknown", "ü".encode(), "ü"),
        ("us-ascii", "ü".encode(), "ü"),
        ("", b"nul\0", "nul"),
        ("iso-2022-jp", "日本".encode("iso2022_jp"), "日本"),
        ("idna", b"abc", "abc"),
        ("zlib", b"x\x9c", "xœ"),
        ("rot13", b"abc", "abc"),
        ("unicode_escape", b"\\x41", "\\x41"),
        ("utf-7", b"+ADw-script+AD4-", "+ADw-script+AD4-"),
        ("utf-8\0", b"a", "a"),
    ],
)
def test_charsets(name, data, text):
    assert charset.decode(data, name)[0] == text


def test_a_wrong_charset_is_said():
    assert charset.decode(b"\xe4\xf6\xfc \xdf", "utf-8")[1]
    assert charset.decode("ü".encode(), "x-unknown")[1]


def test_no_name_of_a_mail_reaches_the_codec_registry():
    looked_up = []
    codecs.register(looked_up.append)
    try:
        read(HEAD + b"Content-Type: text/plain; charset=evil-codec\r\n\r\nabc\xff")
        read(
            HEAD + b"X: =?evil-codec?q?=FF?=\r\n"
            b"Content-Type: text/html; charset=evil-codec; name*=evil-codec''%FF\r\n\r\n\xff"
        )
    finally:
        codecs.unregister(looked_up.append)
    assert not [name for name in looked_up if "evil" in name]


def test_flowed():
    assert flowed("one \ntwo\n> quoted \n> on\n-- \nsig") == "one two\n> quoted on\n-- \nsig"
    assert flowed(" >not a quote") == ">not a quote"
    assert flowed("ab \ncd", delsp=True) == "abcd"


def test_html_becomes_readable():
    source = (
        "<html><head><style>x{}</style><title>t</title></head><body><script>alert(1)</script><p>Hello&nbsp;<b>World</b></p>"
        "<ul><li>one<li>two</ul><ol><li>first</ol><table><tr><td>a<td>b</tr></table>"
        '<a href="https://x.test/">link</a><br>next<blockquote>old<br>words</blockquote>new</body>'
    )
    assert to_text(source).split("\n") == [
        "Hello World", "", "- one", "- two", "", "1. first", "a | b", "link <https://x.test/>", "next", "",
        "> old", "> words", "", "new",
    ]  # fmt: skip


def test_html_of_gmail_is_split_like_text():
    source = (
        b'<div>new words</div><br><div class="gmail_quote">On Mon, 1 Jan 2026 at 10:00, Desk '
        b"&lt;d@x.test&gt; wrote:<br><blockquote>old</blockquote></div>"
    )
    mail = read(HEAD + b"Content-Type: text/html\r\n\r\n" + source)
    assert mail.reply == "new words"
    assert "> old" in mail.quoted


@pytest.mark.parametrize(
    "source",
    ["<div>" * 100_000, "<!--" * 250_000, "<a " * 300_000, "<" * 1_000_000, "&" * 1_000_000,
    '<a href="' * 100_000, "<blockquote>" * 80_000 + "x",
     "<ul><li>" * 100_000, " " * 2_000_000, "<script>" * 100_000, "<a href=https://x.test/>y</a>" * 30_000,
     "<td>" * 200_000, "<pre>\n" * 100_000],
)  # fmt: skip
def test_hostile_html_costs_linear_time(source):
    start = time.process_time()
    to_text(source)
    assert time.process_time() - start < 1.5


def test_a_script_leaves_no_trace():
    assert to_text("a<script>bad()</script >b<svg onload=x>c</svg><style>d</style><template>e</template>") == "ab"


def test_plain_and_html_that_disagree_are_marked():
    plain = b"Content-Type: text/plain\r\n\r\nplease close my ticket, everything works again"
    html = b"Content-Type: text/html\r\n\r\n<p>Your account is locked. Send password now, immediately</p>"
    same = b"Content-Type: text/html\r\n\r\n<p>please close <b>my</b> ticket, everything works again</p>"
    defect = "the plain text and the HTML disagree"
    assert defect in read(multi(b"alternative", plain, html)).defects
    assert read(multi(b"alternative", plain, same)).defects == ()


def test_a_bad_byte_in_iso_2022_jp_does_not_cost_the_page():
    data = "日本語の文章です".encode("iso2022_jp") + b"\x1b$B\x7f\x7f\x1b(B"
    text, defect = charset.decode(data, "iso-2022-jp")
    assert text.startswith("日本語の文章です")
    assert defect


def test_japanese_under_another_japanese_name():
    assert charset.decode("日本語の文章です".encode("euc_jp"), "iso-2022-jp")[0] == "日本語の文章です"
