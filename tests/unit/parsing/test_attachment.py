"""Names, numbers and bytes of attachments (intake 52, 54)."""

import hashlib
import time

import pytest

from parsing import limits
from parsing.attachment import cut
from parsing.reading import read
from parsing.structure.filename import safe_name, unique

RAW = (
    b"From: a@x.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n"
    b"\r\nhello\r\n"
    b"--b\r\nContent-Type: multipart/related; boundary=c\r\n\r\n--c\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n"
    b"--c\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <i@x>\r\nContent-Disposition: inline\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--c--\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\nContent-Type: multipart/mixed; boundary=d\r\n"
    b"\r\n--d\r\n\r\nx\r\n--d--\r\n"
    b"--b\r\nContent-Type: application/pdf\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''%E2%82%AC.pdf\r\n\r\nPDF\r\n--b--\r\n"
)


def test_parts_are_numbered_depth_first():
    found = read(RAW).attachments
    assert [(a.part, a.filename, a.inline) for a in found] == [
        (4, "logo.png", True),
        (5, "", False),
        (6, "€.pdf", False),
    ]
    assert found[0].content_id == "i@x"


def test_cut_gives_the_hashed_bytes():
    for attachment in read(RAW).attachments:
        data = cut(RAW, attachment.part)
        assert len(data) == attachment.size
        assert hashlib.sha256(data).hexdigest() == attachment.sha256
    assert cut(RAW, 4) == b"ABC"
    assert cut(RAW, 5).startswith(b"Subject: in\r\nContent-Type: multipart/mixed; boundary=d")
    assert cut(RAW, 99) == b""
    assert cut(RAW, -1) == b""
    assert cut(b"", 0) == b""


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("C:\\x\\y.txt", "C__x_y.txt"),
        ("con", "_con"),
        ("CON.txt", "_CON.txt"),
        (".htaccess", "htaccess"),
        ("\u200b.htaccess", "htaccess"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("", "file"),
        ("...", "file"),
        ("a\0b", "ab"),
        ("\uff0e\uff0e\uff0fx", "x"),
        ("a\r\nb", "a b"),
        ("  spaced  name .txt ", "spaced name .txt"),
        ("%2e%2e%2fpasswd", "passwd"),
        ("Contract%20of%20work.pdf", "Contract of work.pdf"),
        ("100 % safe.pdf", "100 % safe.pdf"),
        ("100%.pdf", "100%.pdf"),
        ("a%ff.pdf", "a%ff.pdf"),
        ("com7 .log", "_com7 .log"),
        ("NUL", "_NUL"),
        ("ends. . .", "ends"),
        ("\u2025/x", "x"),
        ("a\u2044b\u2215c:d", "a_b_c_d"),
        ("Macintosh HD:Users:x", "Macintosh HD_Users_x"),
        ("\ufb01le.txt", "file.txt"),
        ("\u202efdp.exe\u2069", "fdp.exe"),
        ("tab\tand\u2028line", "tab and line"),
        ("x\ud800.txt", "x_.txt"),
        ("x\ud800%41.txt", "x_A.txt"),
        ("報告書（最終）.pdf", "報告書(最終).pdf"),
    ],
)
def test_safe_names(name, safe):
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    "name",
    [
        "a" * 10_000 + ".pdf",
        "." + "x" * 10_000,
        "ü" * 5_000 + ".txt",
        "a." + "b" * 10_000,
        "\ufdfa" * 4_000,
        "%41" * 4_000,
    ],
)
def test_long_names_are_cut_in_whole_characters(name):
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= 200
    assert safe_name(safe) == safe


def test_a_long_name_keeps_its_extension():
    assert safe_name("a" * 10_000 + ".pdf").endswith("a.pdf")


def test_names_of_one_mail_differ():
    names = ["report.pdf", "Report.PDF", "report (2).pdf", "report.pdf", "file", "file", "a.tar.gz", "a.tar.gz"]
    assert unique(names) == ["report.pdf", "Report (2).PDF", "report (2) (2).pdf", "report (3).pdf", "file", "file (2)",
                             "a.tar.gz", "a.tar (2).gz"]  # fmt: skip
    many = unique(["x.txt"] * 2_000)
    assert len({name.casefold() for name in many}) == 2_000


def one(headers, data=b"x", html=b""):
    """The only attachment of a mail."""
    text = b"--b\r\nContent-Type: text/html\r\n\r\n" + html + b"\r\n" if html else b""
    raw = (
        b"From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + text
        + b"--b\r\n" + headers + b"\r\n\r\n" + data + b"\r\n--b--\r\n"
    )  # fmt: skip
    (found,) = read(raw).attachments
    return found


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        (
            b"Content-Disposition: attachment; filename*0*=utf-8'en'%e2%82%ac; filename*1=\" rates\"; filename*2=.pdf",
            "€ rates.pdf",
        ),
        (b"Content-Disposition: attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
        (b"Content-Disposition: attachment; filename=\"x.txt\"; filename*=utf-8''%F0%9F%93%84.txt", "\U0001f4c4.txt"),
        (b'Content-Type: image/png; name="=?utf-8?B?w6TDtg==?= =?utf-8?B?w7wucG5n?="', "äöü.png"),
        (b'Content-Type: image/png;\r\n name="=?iso-8859-1?Q?gr=F6=DFe?=\r\n =?iso-8859-1?Q?=2Epng?="', "größe.png"),
        (b'Content-Type: image/png; name="\xe9t\xe9.png"', "été.png"),
        (b'Content-Type: image/png; name="\xc3\xa9t\xc3\xa9.png"', "été.png"),
        (b"Content-Type: image/png; name=two words.png", "two words.png"),
        (b'Content-Type: image/png; name="a\\"b.png"', 'a"b.png'),
        (b"Content-Type: image/png; name=only-in-type.png\r\nContent-Disposition: attachment", "only-in-type.png"),
        (b"Content-Type: message/rfc822; name=", ""),
    ],
)
def test_names_as_they_were_meant(headers, name):
    assert one(headers).filename == name


@pytest.mark.parametrize(
    ("headers", "data", "name"),
    [
        (b"Content-Type: message/rfc822", b"From: b\r\nSubject: A\r\n folded one\r\n\r\nx", "A folded one.eml"),
        (b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64", b"U3ViamVjdDogZGVlcAoKeA==", "deep.eml"),
        (b"Content-Type: message/rfc822\r\nContent-Description: original", b"From: b\r\n\r\nx", "original.eml"),
        (b"Content-Type: message/delivery-status", b"Reporting-MTA: dns; x", "part-1.txt"),
        (b"Content-Type: image/png\r\nContent-ID: <image003.png@01DB>", b"x", "image003.png"),
        (b"Content-Type: image/png\r\nContent-Location: file:///C:/x/pic.png", b"x", "pic.png"),
        (b"Content-Type: image/x-thing+y", b"x", "part-1.bin"),
    ],
)
def test_parts_without_a_name_get_one(headers, data, name):
    found = one(headers, data)
    assert (found.filename, found.safe_name) == ("", name)


@pytest.mark.parametrize(
    ("headers", "html", "inline"),
    [
        (b"Content-Type: image/png\r\nContent-ID: <a@b>", b"<img src='cid:a@b'>", True),
        (b"Content-Type: image/png\r\nContent-ID: <a@b>", b"<img src=CID:a%40b>", True),
        (
            b"Content-Type: image/png\r\nContent-ID: a@b\r\nContent-Disposition: attachment",
            b'<td background="cid:a@b">',
            True,
        ),
        (b"Content-Type: image/png\r\nContent-ID: <a@b>", b'<p style="background:url(cid:a@b)">x', True),
        (b"Content-Type: image/png\r\nContent-Location: pic.png", b'<img src="pic.png">', True),
        (b"Content-Type: image/png\r\nContent-ID: <other@b>", b"<img src='cid:a@b'>", False),
        (b"Content-Type: image/png\r\nContent-ID: <a@b>", b"<p>no image</p>", False),
        (b"Content-Type: image/png\r\nContent-Disposition: inline", b"<p>no image</p>", True),
        (b"Content-Type: image/png", b"<img src='cid:'>", False),
    ],
)
def test_images_that_the_html_shows_are_inline(headers, html, inline):
    assert one(headers, html=html).inline is inline


def test_references_are_found_in_linear_time():
    html = b"<html>" + b"cid:" * 250_000
    begin = time.process_time()
    one(b"Content-Type: image/png\r\nContent-ID: <a@b>", html=html)
    assert time.process_time() - begin < 2


def test_a_lying_type_is_kept_as_said():
    mail = read(b"Content-Type: image/png\r\nContent-Disposition: attachment; filename=x.png\r\n\r\n<html>")
    assert mail.attachments[0].content_type == "image/png"
    assert mail.attachments[0].real_type == "text/html"
    assert mail.text == ""


@pytest.mark.parametrize("kind", ["disposition-notification", "feedback-report", "delivery-status"])
def test_the_machine_part_of_a_report_is_a_text_to_open(kind):
    mail = read(
        b"From: a@b.test\nContent-Type: multipart/report; boundary=b\n\n--b\n\nread\n--b\nContent-Type: message/"
        + kind.encode()
        + b"\n\nFinal-Recipient: rfc822;a@b.test\n--b--\n"
    )
    assert [each.safe_name for each in mail.attachments] == ["part-2.txt"]


@pytest.mark.parametrize("name", ["con." + "a" * 196, "aux." + "ü" * 98, "a" * 196 + ".txt", "報" * 65 + ".pdf"])
def test_no_name_is_longer_than_the_limit_whatever_is_added_to_it(name):
    assert len(safe_name(name).encode()) <= limits.FILENAME
    names = unique([safe_name(name)] * 12)
    assert len(set(names)) == 12
    assert all(len(each.encode()) <= limits.FILENAME for each in names)
    assert all(each.endswith(name.rpartition(".")[1:]) for each in names if len(name.rpartition(".")[2]) == 3)
