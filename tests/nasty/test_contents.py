"""Nasty contents by their numbers: parts, encodings, files, HTML, quotations (intake 46-62 and 72; threats 12, 13, 30,
31 and 38).

Each goes through `parsing.reading.read`, which the reader process runs; most have more tests in tests/unit/parsing.
"""

from __future__ import annotations

import base64
import io
import unicodedata
import zipfile

import pytest

from gateway.reader import unread
from parsing import limits, subject
from parsing.command import commands
from tests.nasty.reading import USUAL, mail, multipart, parsed


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed\r\n\r\nwords",
        b"Content-Type: multipart/mixed; boundary=\r\n\r\nwords",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\nwords",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords",
        (
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed"
            b"; boundary=bb\r\n\r\n--bb\r\n\r\nwords\r\n--bb--\r\n--b--"
        ),
        (
            b"Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\nContent-Type: multipart/mix"
            b"ed; boundary=b\r\n\r\n--b\r\n\r\nwords\r\n--b--\r\n--bb--"
        ),
    ],
)
def test_intake_46_a_boundary_that_is_wrong_loses_no_words(raw: bytes) -> None:
    assert "words" in parsed(b"From: a@b.example\r\n" + raw).text


BOMBS = {
    "100,000 parts": lambda: b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\n\r\n" * 100_000,
    "500 nested multiparts": lambda: b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(500)
    ),
    "400 nested mails": lambda: b"Content-Type: message/rfc822\r\n\r\n" * 400 + b"Subject: x\r\n\r\nwords",
}


@pytest.mark.parametrize("name", BOMBS)
def test_intake_47_a_bomb_of_parts_is_a_mail_with_a_notice(name: str) -> None:
    found = parsed(b"From: nora@northwind.example\r\n" + BOMBS[name]())
    assert found.from_ is not None
    assert len(found.attachments) <= limits.PARTS
    assert found.defects or found.attachments


@pytest.mark.parametrize(
    ("encoding", "body", "words"),
    [
        ("base64", "d29y!!ZHM", "words"),
        ("base64", "d29yZHM", "words"),
        ("base64", base64.b64encode(b"words " * 100_000).decode(), "words"),
        ("foo", "words", "words"),
        ("quoted-printable", "wor=64s =ZZ =", "words"),
        ("7bit", "words\r\nbegin 644 a.txt\r\n#86)C\r\n`\r\nend", "words"),
    ],
)
def test_intake_48_transfer_encodings_are_undone_as_far_as_can_be(encoding: str, body: str, words: str) -> None:
    assert words in mail(f"Content-Transfer-Encoding: {encoding}", body=body).text


@pytest.mark.parametrize(
    "name",
    [
        "unknown-8bit",
        "idna",
        "zlib",
        "utf-8\x00",
        "unicode_escape",
        "utf-7",
        "iso-2022-jp-3",
        "gb2312",
        "ks_c_5601-1987",
        "rot13",
        "punycode",
        "undefined",
        "x" * 5_000,
    ],
)
def test_intake_49_no_charset_stops_a_mail(name: str) -> None:
    found = mail(f"Content-Type: text/plain; charset={name}", body="words +ADw-script+AD4- \\x3cscript\\x3e")
    assert "words" in found.text
    assert "<script" not in found.text or name == "utf-7"


@pytest.mark.parametrize("field", ["Subject", "From"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", "\u2028", "\u2029", "\x85", "\x0b"])
def test_intake_50_no_line_end_comes_out_of_an_encoded_word(field: str, end: str) -> None:
    word = "=?utf-8?b?" + base64.b64encode(f"Hi{end}Bcc: evil@x.example".encode()).decode() + "?="
    found = mail(f"{field}: {word}" + " <nora@northwind.example>" * (field == "From"))
    out = found.subject if field == "Subject" else found.from_.name if found.from_ else ""
    assert out.startswith("Hi")
    assert out.isprintable()


def test_intake_51_subjects_of_every_shape() -> None:
    assert len(mail("Subject: " + "x" * 1_000_000).subject) <= limits.HEADER_VALUE
    assert mail("Subject:").subject == ""
    assert subject.base(mail("Subject: Re:").subject) == ""
    assert mail("Subject: =?utf-8?b?8J8=?= =?utf-8?b?mIA=?=").subject == "\U0001f600"
    assert "\x00" not in mail("Subject: a\x00b").subject
    assert "\x00" not in mail(body="a\x00b").text


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "C:\\x\\con",
        "con",
        ".htaccess",
        "\u200b.htaccess",
        "a\u202egpj.exe",
        "x" * 10_000 + ".txt",
        "",
        "a\x00.txt",
        "%2e%2e",
        "..",
        "a." + "b" * 10_000,
    ],
)
def test_intake_52_threat_31_no_name_of_a_file_is_a_path(name: str) -> None:
    encoded = "=?utf-8?b?" + base64.b64encode(name.encode()).decode() + "?="
    found = parsed(
        multipart(f'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="{encoded}"\r\n\r\nx')
    )
    (file,) = found.attachments
    assert file.safe_name
    assert not set(file.safe_name) & set("/\\\x00:")
    assert not file.safe_name.startswith(".")
    assert len(file.safe_name.encode()) <= limits.FILENAME
    assert file.safe_name.isprintable()
    assert unicodedata.normalize("NFKC", file.safe_name).partition(".")[0].lower() != "con"


@pytest.mark.parametrize(
    "page",
    [
        "<script>alert(1)</script>words",
        "<svg onload=x><p>words",
        "<base href=//x><p>words",
        "<div>" * 100_000 + "words",
        " " * 1_000_000 + "words",
        "<a href=x>words</a>" * 5_001,
        "<p style='position:fixed'>words",
        "<form action=x>words</form>",
    ],
    ids=range(8),
)
def test_intake_53_html_is_text_and_bounded(page: str) -> None:
    found = mail("Content-Type: text/html; charset=utf-8", body=page)
    assert "alert(1)" not in found.text
    assert "words" in found.text or found.defects


@pytest.mark.parametrize(
    ("declared", "data", "real"),
    [("image/png", b"<html><script>x</script>", "text/html"), ("text/plain", b"MZ\x90\x00" + b"x" * 100, "")],
)
def test_intake_54_a_file_is_what_its_bytes_are(declared: str, data: bytes, real: str) -> None:
    part = f"Content-Type: {declared}; name=a\r\nContent-Disposition: attachment\r\n"
    part += "Content-Transfer-Encoding: base64\r\n\r\n"
    (file,) = parsed(multipart(part + base64.b64encode(data).decode())).attachments
    assert file.real_type != declared
    assert not real or file.real_type == real


def test_intake_55_threat_12_an_archive_is_never_unpacked() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(50_000_000))
    part = (
        "Content-Type: application/zip; name=42.zip\r\nContent-Disposition: attachment\r\nCont"
        "ent-Transfer-Encoding: base64\r\n\r\n"
    )
    (file,) = parsed(multipart(part + base64.encodebytes(packed.getvalue()).decode())).attachments
    assert (file.filename, file.size) == ("42.zip", len(packed.getvalue()))


def test_intake_56_a_broken_winmail_is_kept_as_a_file() -> None:
    part = "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    found = parsed(
        multipart(
            "Content-Type: text/plain\r\n\r\nwords",
            part + base64.b64encode(b"\x78\x9f\x3e\x22" + b"\xff" * 5_000).decode(),
        )
    )
    assert found.reply == "words"
    assert [file.filename for file in found.attachments] == ["winmail.dat"]


def test_intake_57_what_is_encrypted_is_named_kept_and_never_mixed() -> None:
    found = parsed(
        multipart(
            "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
            (
                "Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n-----BEGIN PGP MESS"
                "AGE-----\r\nx\r\n-----END PGP MESSAGE-----"
            ),
            kind="encrypted",
        )
    )
    assert found.encrypted == "openpgp"
    assert any("encrypted" in caution for caution in found.cautions)
    assert found.attachments


def test_intake_58_text_and_html_that_disagree_are_marked() -> None:
    text = "Please close my ticket, everything works well again and nothing else has to be done by you."
    page = (
        "<p>Transfer five thousand euros to the following account number before tomorrow morni"
        "ng, thank you very much.</p>"
    )
    found = parsed(
        multipart(
            f"Content-Type: text/plain\r\n\r\n{text}", f"Content-Type: text/html\r\n\r\n{page}", kind="alternative"
        )
    )
    assert found.cautions
    assert found.reply == text


def test_intake_59_a_command_in_a_quotation_or_a_forward_is_no_command() -> None:
    found = mail(
        body="Thank you.\n\nOn Mon, 23 Nov 2026 at 09:00, Nora <nora@northwind.example> wrote:\n> #close\n> #assign eve"
    )
    assert commands(found.reply).commands == ()


def test_intake_60_a_separator_of_the_customers_own_hides_nothing() -> None:
    found = mail(body="Hello\n-- write above this line --\nThe important words\n")
    assert "The important words" in found.text
    assert "The important words" in found.reply + found.quoted + found.signature


def test_intake_61_equal_logos_have_equal_hashes() -> None:
    logo = (
        "Content-Type: image/png; name=logo.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.b64encode(b"\x89PNG\r\n\x1a\nx").decode()
    )
    found = parsed(multipart("Content-Type: text/plain\r\n\r\nwords", *[logo] * 40))
    assert len(found.attachments) == 40
    assert len({file.sha256 for file in found.attachments}) == 1
    assert len({file.safe_name for file in found.attachments}) == 40


def test_intake_62_who_wrote_the_original_comes_from_its_header_block_alone() -> None:
    block = (
        "---------- Forwarded message ---------\nFrom: Nora <nora@northwind.example>\nDate: Mo"
        "n, 23 Nov 2026\nSubject: Printer\nTo: <x@y.example>\n\nAsk eve@x.example"
    )
    found = mail("From: anastasia@desk.example", "Subject: Fwd: Printer", body=f"please see\n\n{block}")
    assert found.forwarded is not None
    assert found.forwarded.from_ is not None
    assert found.forwarded.from_.address == "nora@northwind.example"
    assert mail("Subject: Printer", body="Ask eve@x.example or bob@x.example").forwarded is None


def test_intake_72_a_mail_that_no_reader_survives_is_a_stub() -> None:
    assert unread("three readers died over it").defects == ("three readers died over it",)


@pytest.mark.parametrize(
    "text",
    [
        '"On ' + "On " * 20_000,
        ">" * 300_000,
        "[#" * 100_000,
        " \t" * 300_000 + "x",
        "-" * 500_000,
        "From: " * 50_000,
        "a@" * 200_000,
    ],
    ids=range(7),
)
def test_threat_13_no_text_makes_a_pattern_backtrack(text: str) -> None:
    parsed(("\r\n".join(USUAL) + "\r\n\r\n" + text).encode())
    mail(f"Subject: {text[:60_000]}", f"From: {text[:60_000]} <a@b.example>", f"X-Spam-Status: {text[:60_000]}")


def test_threat_30_a_look_alike_is_shown_in_the_letters_of_dns() -> None:
    found = mail("From: Anastasia <anastasia@d\u0435sk.example>")
    assert found.from_ is not None
    assert found.from_.address == "anastasia@xn--dsk-rdd.example"
    assert found.from_defect
    assert any("several alphabets" in caution for caution in found.cautions)


@pytest.mark.parametrize("codec", ["utf-7", "unicode_escape", "punycode", "idna", "rot13", "zlib", "undefined"])
def test_threat_38_a_name_in_a_forbidden_codec_raises_nothing(codec: str) -> None:
    assert mail(f"Subject: =?{codec}?q?+ADw-x+AD4-?=").subject
