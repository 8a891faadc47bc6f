"""Which part is the text, and how it is decoded (intake 48, 49, 53, 56-58)."""

import codecs
import time

import pytest

from parsing import charset, limits
from parsing.pages.flow import enriched, flowed
from parsing.pages.markup import to_text
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


def test_html_of_gmail_is_split_like_text():
    source = (
        b'<div>new words</div><br><div class="gmail_quote">On Mon, 1 Jan 2026 at 10:00, Desk '
        b"&lt;d@x.test&gt; wrote:<br><blockquote>old</blockquote></div>"
    )
    mail = read(HEAD + b"Content-Type: text/html\r\n\r\n" + source)
    assert mail.reply == "new words"
    assert "> old" in mail.quoted


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


def part(kind, body, *fields):
    return "\r\n".join([f"Content-Type: {kind}", *fields, "", body]).encode()


def test_images_of_apple_mail_stand_between_the_texts():
    image = part("image/png; name=shot.png", "x", "Content-Disposition: inline; filename=shot.png")
    last = part("image/jpeg; name=last.jpg", "x", "Content-Disposition: inline; filename=last.jpg")
    mail = read(multi(b"mixed", part("text/plain", "before"), image, part("text/plain", "after"), last))
    assert mail.text == "before\n\n[image: shot.png]\n\nafter"
    assert [attachment.filename for attachment in mail.attachments] == ["shot.png", "last.jpg"]


def test_images_of_html_are_named_by_their_file():
    html = part("text/html", '<p>see <img src="cid:i1@x"> here</p>')
    image = part("image/png; name=error.png", "x", "Content-ID: <i1@x>")
    assert read(multi(b"related", html, image)).text == "see [image: error.png] here"


def test_the_root_of_related_parts_is_the_one_that_is_named():
    root = part("text/html", "<p>root</p>", "Content-ID: <root@x>")
    raw = multi(b'related; start="<root@x>"', part("text/html", "<p>frame</p>", "Content-ID: <other@x>"), root)
    assert read(raw).text == "root"


def test_named_alternatives_are_the_body():
    raw = multi(
        b"alternative", part("text/plain; name=body.txt", "words"), part("text/html; name=body.html", "<p>w</p>")
    )
    mail = read(raw)
    assert mail.text == "words"
    assert mail.attachments == ()


def test_a_calendar_and_amp_are_no_text():
    amp = part("text/x-amp-html", "<html amp4email><body>amp</body></html>")
    calendar = part("text/calendar; method=REQUEST", "BEGIN:VCALENDAR\r\nEND:VCALENDAR")
    assert read(multi(b"alternative", part("text/plain", "words"), amp, calendar)).text == "words"
    assert read(multi(b"alternative", amp, part("text/html", "<p>html</p>"))).text == "html"


@pytest.mark.parametrize(
    "notice",
    [
        "This message is in HTML format. Please use a mail client that can show it.",
        "Diese E-Mail ist im HTML-Format. Ihr Mailprogramm kann sie nicht darstellen.",
        "Votre messagerie ne peut pas afficher le HTML.",
        "Your email client does not support HTML",
        " \u00a0 ",
        "--",
    ],
)
def test_a_plain_part_that_only_points_to_the_html_gives_way(notice):
    html = (
        "<p>Good morning, our printer has been broken since the storm of last night. Could somebody come and look at "
    )
    html += "it before noon, because we must print all of the invoices of this month until tomorrow evening?</p>"
    raw = multi(b"alternative", part("text/plain; charset=utf-8", notice), part("text/html; charset=utf-8", html))
    mail = read(raw)
    assert mail.text.startswith("Good morning")
    assert "the plain text and the HTML disagree" not in mail.defects


WORDS = "Our printer has been broken since the storm of last night and nobody knows why it happened."
FURNITURE = (
    "<table><tr><td>Home</td><td>Shop</td><td>Contact</td></tr></table><p>{}</p>"
    "<p>Corp Limited, 1 Long Street, Oldtown, registered in Oldtown under number 4711. "
    "Unsubscribe here, read our privacy notice there.</p>"
)


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        (WORDS, f"<p>{WORDS}</p>"),
        (WORDS, FURNITURE.format(WORDS)),
        (f"{WORDS}\n<https://x.test/click/17>", f'<p><a href="https://x.test/">{WORDS}</a></p>'),
        ("Yes please.", "<p>Yes please.</p><p>Anna Muster, Corp Limited, 1 Long Street</p>"),
        (
            "昨日からプリンターが動きません。確認していただけますか。",
            "<p>昨日からプリンターが<b>動きません</b>。<br>確認していただけますか。</p>",
        ),
        (WORDS, '<img src="cid:picture@x">'),
        (WORDS.replace(" ", "\n"), f"<div>{WORDS}</div>"),
    ],
)
def test_two_forms_of_one_text_agree(plain, html):
    raw = multi(
        b"alternative",
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + plain.encode(),
        b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode(),
    )
    assert "the plain text and the HTML disagree" not in read(raw).defects


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        (WORDS, "<p>Please transfer the whole amount to the new account below before Friday, thank you</p>"),
        (WORDS, f'<p style="display:none">{WORDS}</p><p>Please transfer everything to the account below today</p>'),
        ("Hello there, see below please.", "<p>Hello there.</p><p>" + " ".join(
            f"{a}{b}" for a in ("account", "transfer", "verify", "secure", "urgent", "payment", "notice", "expire")
            for b in ("ing", "ed", "er", "able", "less", "ful", "ness", "ion", "ment", "ance")) + "</p>"),
        ("昨日からプリンターが動きません。確認願います。", "<p>口座番号が変わりました。至急お振込みください。</p>"),
    ],
)  # fmt: skip
def test_two_different_texts_are_marked(plain, html):
    raw = multi(
        b"alternative",
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + plain.encode(),
        b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode(),
    )
    assert "the plain text and the HTML disagree" in read(raw).defects


def test_the_html_inside_related_parts_is_compared_too():
    related = b"Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n"
    related += b"<p>Please transfer the whole amount to the new account before Friday</p>\r\n--r--"
    raw = multi(b"alternative", part("text/plain", WORDS), related)
    assert "the plain text and the HTML disagree" in read(raw).defects


@pytest.mark.parametrize(
    ("text", "delsp", "found"),
    [
        ("one \ntwo \nthree\nfour", False, "one two three\nfour"),
        ("> one \n> two\n>> deep \n>> er\nown", False, "> one two\n>> deep er\nown"),
        (" >no quote\n From here\n -- ", False, ">no quote\nFrom here\n-- "),
        ("text \n-- \nsig \nnature", False, "text \n-- \nsig nature"),
        ("日本 \n語の \n文", True, "日本語の文"),
        ("> 日本 \n> 語", True, "> 日本語"),
        ("soft \n> quote", False, "soft \n> quote"),
        ("", False, ""),
        ("\n\n", False, "\n\n"),
    ],
)
def test_flowed_lines(text, delsp, found):
    assert flowed(text, delsp) == found


def test_enriched_text_loses_its_commands():
    source = "<bold>Now</bold> is\nthe time.\n\n<color><param>red</param>Red <<b></color>\n<excerpt>old</excerpt>new"
    assert enriched(source).split("\n") == ["Now is the time.", "Red <b> ", "> old", "new"]


def test_a_lone_rtf_part_is_read():
    raw = HEAD + b"Content-Type: text/rtf\r\n\r\n{\\rtf1\\ansi Hello \\b World\\b0\\par}"
    assert read(raw).text.strip() == "Hello World"


def test_html_without_a_charset_may_name_it_itself():
    html = '<html><head><meta charset="windows-1251"></head><body>Привет, мир</body></html>'
    raw = HEAD + b"Content-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + html.encode("cp1251")
    assert read(raw).text == "Привет, мир"


def test_hostile_alternatives_cost_little():
    word = " ".join(f"word{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}" for n in range(100_000)).encode()
    start = time.process_time()
    read(multi(b"alternative", b"Content-Type: text/plain\r\n\r\n" + word, b"Content-Type: text/html\r\n\r\n" + word))
    assert time.process_time() - start < 2.0
    start = time.process_time()
    enriched("<param>" * 100_000 + "<<" * 100_000 + "\n" * 100_000)
    flowed("> a \n>> b \n" * 100_000)
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<p title="display:none">shown</p>', "shown"),
        ('<p class="x display:none">shown</p>', "shown"),
        ('<p data-x="a hidden b">shown</p>', "shown"),
        ('<div style="max-height:0">shown</div>', "shown"),
        ("<noscript>shown</noscript>", "shown"),
        ("<textarea>shown</textarea>", "shown"),
        ("<object>shown</object>", "shown"),
        ('<p style="display: none">gone</p>', ""),
        ("<p hidden>gone</p>", ""),
        ('<div style="max-height:0;overflow:hidden">gone</div>', ""),
        ("<div style='font-size:0;line-height:0'>gone</div>", ""),
    ],
)
def test_what_a_person_sees_is_read_and_nothing_else(html, text):
    assert to_text(html) == text


def test_a_source_over_the_limit_is_cut_and_said():
    tags = b"<b></b>" * (limits.TEXT_SOURCE // 7)
    head = b"From: a@x.example\nContent-Type: text/html\n\n<p>first words</p>"
    begin = time.process_time()
    found = read(head + tags + b"<p>last words</p>")
    assert time.process_time() - begin < 2
    assert found.text.strip() == "first words"
    assert "a long text part was cut" in found.defects


@pytest.mark.parametrize("said", [b"signed-data", b"Signed-Data"])
def test_an_opaque_signature_that_cannot_be_opened_is_no_encryption(said):
    raw = b"From: a@x.example\nContent-Type: application/pkcs7-mime; smime-type=" + said + b"\n\nnone\n"
    assert "the text is inside an opaque signature" in read(raw).defects
    assert "the text is encrypted" not in read(raw).defects
