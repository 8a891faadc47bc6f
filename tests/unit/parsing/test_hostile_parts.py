"""Hostile structure: boundaries, transfer encodings, names of files, and what is attached (intake 46, 48, 52, 54-57, 61
and 62)."""

import base64
import hashlib

import pytest

from parsing import limits
from parsing.message import Kind
from parsing.reading import read
from tests.unit.parsing.hostile import HEAD, MIXED, attached, calendar, is_sensible, unclean

# Intake 46: what is badly bounded is read as what it holds.


@pytest.mark.parametrize(
    "body",
    [
        b"--b\r\nContent-Type: text/plain\r\n\r\nthe words",
        b"--b\r\nContent-Type: text/plain\r\n\r\nthe words\r\n--b",
        b"--b\r\nContent-Type: text/plain\r\n\r\nthe words\r\n--b--",
        b"--b  \r\nContent-Type: text/plain\r\n\r\nthe words\r\n--b--  \r\nepilogue",
        b"preamble\r\n--b\r\n\r\nthe words\r\n--b--\r\n",
        b"--b\r\nthe words\r\n--b--\r\n",
        b"the words without any boundary",
        b"--bb\r\n\r\nno part\r\n--b\r\n\r\nthe words\r\n--b--\r\n",
        b"--b--\r\n\r\nthe words\r\n",
    ],
)
def test_boundaries(body):
    mail = read(MIXED + body)
    assert "the words" in mail.text + mail.reply
    assert is_sensible(mail)


@pytest.mark.parametrize(
    "value",
    [
        b"multipart/mixed",
        b'multipart/mixed; boundary=""',
        b"multipart/mixed; boundary",
        b'multipart/mixed; boundary=" "',
        b"multipart",
        b"multipart/",
        b"/",
        b";;;",
    ],
)
def test_no_boundary_at_all(value):
    mail = read(HEAD + b"Content-Type: " + value + b"\r\n\r\nthe words\r\n--\r\nmore of them")
    assert "the words" in mail.text or mail.attachments  # of no known type
    assert is_sensible(mail)


# Intake 48: transfer encodings.


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        (b"base64", base64.b64encode(b"the words") + b"="),
        (b"base64", base64.b64encode(b"the words!")[:-1]),
        (b"base64", b" dGhl\r\n\r\n!!!! IHdvcmRz\r\n----\r\n"),
        (b"BASE64 ", base64.b64encode(b"the words")),
        (b'"base64"', base64.b64encode(b"the words")),
        (b"foo", b"the words"),
        (b"", b"the words"),
        (b"8bit\0", b"the words"),
        (b"quoted-printable", b"the=20wor=\r\nds=ZZ=4"),
        (b"x-uuencode", b"begin 644 a\r\n)=&AE('=O<F1S\r\n`\r\nend\r\n"),
    ],
)
def test_transfer_encodings(encoding, body):
    mail = read(HEAD + b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body)
    assert "the words" in mail.text
    assert is_sensible(mail)


def test_an_encoded_multipart_keeps_its_bytes():
    inner = b"--b\r\n\r\nthe words\r\n--b--\r\n"
    mail = read(
        MIXED.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n") + base64.encodebytes(inner)
    )
    assert mail.text or mail.attachments or mail.defects
    assert is_sensible(mail)


# Intake 52, reliability 31: names of files.


@pytest.mark.parametrize(
    "name",
    [
        b'filename="../../etc/passwd"', b'filename="C:\\\\windows\\\\x.exe"', b'filename="con"',
        b'filename=".htaccess"',
        b'filename="\xe2\x80\x8b.htaccess"', b"filename*=utf-8''%e2%80%ae%67pj.exe", b"filename*0=..; filename*1=/x",
        b'filename=""', b'filename="' + b"a" * 10_000 + b'.txt"', b'filename="a\0.php"', b'filename="%2e%2e%2fx"',
        b"filename==?utf-8?b?Li4vLi4veA==?=", b'filename="a.' + b"b" * 10_000 + b'"', b'filename=" . . "',
        b'filename="a/b/c"', b"filename*=utf-7''+AC4ALgAv-x",
    ],
)  # fmt: skip
def test_names_of_files(name):
    raw = HEAD + b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; " + name + b"\r\n\r\nx"
    (found,) = read(raw).attachments
    assert found.safe_name
    assert not set(found.safe_name) & set('/\\\0:*?"<>|')
    assert not found.safe_name.startswith(".")
    assert ".." not in found.safe_name
    assert len(found.safe_name.encode()) <= limits.FILENAME
    assert found.safe_name.partition(".")[0].lower() not in {"con", "nul", "aux", "prn"}
    assert unclean(read(raw)) == []


# Intake 54, 55: types that lie, archives that are not opened.


@pytest.mark.parametrize(
    ("declared", "data"),
    [
        (b"image/png", b"<html><script>x</script>"),
        (b"text/plain; name=a.zip", b"PK\x03\x04" + b"\0" * 100),
        (b"application/zip", b"PK\x03\x04\x14\0\x01\0" + b"\0" * 42),
        (b"image/svg+xml", b"<svg onload=x>"),
        (b"application/pdf", b"%PDF-1.4 <script>"),
        (b"application/octet-stream", b"X5O!P%@AP[4\\PZX54(P^)7CC)7}"),
    ],
)
def test_what_is_attached_is_kept_as_it_came(declared, data):
    mail = read(attached(b"Content-Type: " + declared + b"\r\nContent-Disposition: attachment; filename=a.bin", data))
    (found,) = mail.attachments
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert found.size == len(data)
    assert "see below" in mail.text


def test_an_invitation_from_outside_is_read_and_decides_nothing():
    lines = b"BEGIN:VEVENT\r\nUID:theirs\r\nATTENDEE:mailto:support@desk.test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    mail = read(calendar(lines).replace(b"REPLY", b"REQUEST"))
    assert (mail.kind, mail.calendar.method, mail.calendar.uid) == (Kind.CALENDAR, "REQUEST", "theirs")


def test_a_summary_with_line_ends_brings_no_attendee():
    lines = (
        b"BEGIN:VEVENT\r\nSUMMARY:x\\nATTENDEE:mailto:evil@x.test\r\n y\r\nATTENDEE:mailto:a@x.test\r\nEND:VEVENT\r\n"
    )
    found = read(calendar(lines)).calendar
    assert [each.address for each in found.attendees] == ["a@x.test"]
    assert "\n" not in found.summary


# Intake 56, 57: containers that cannot be opened stay attachments.


def test_a_winmail_inside_a_mail_is_kept():
    inner = attached(b'Content-Type: application/ms-tnef; name="winmail.dat"', b"\x78\x9f\x3e\x22" + b"\0" * 90)
    mail = read(
        MIXED
        + b"--b\r\nContent-Type: message/rfc822\r\n\r\n"
        + inner.replace(b"=b", b"=c").replace(b"--b", b"--c")
        + b"\r\n--b--"
    )
    assert mail.attachments
    assert is_sensible(mail)


@pytest.mark.parametrize(
    ("raw", "encrypted"),
    [
        (HEAD + b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n\r\n'
         b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\n"
         b"Content-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQEM\r\n"
         b"-----END PGP MESSAGE-----\r\n--b--\r\n", "openpgp"),
        (HEAD + b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
         b"Content-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3DQEHA6CA\r\n", "smime"),
    ],
)  # fmt: skip
def test_what_is_encrypted_is_named_and_kept(raw, encrypted):
    mail = read(raw)
    assert mail.encrypted == encrypted
    assert mail.attachments
    assert is_sensible(mail)


# Intake 61, 62: pictures and attached mails are attachments.


def test_forty_logos_are_forty_attachments():
    logo = b"Content-Type: image/png; name=logo.png\r\nContent-ID: <l>\r\n\r\n\x89PNG\r\n\x1a\nsame"
    mail = read(MIXED + b"--b\r\n\r\nhello\r\n" + (b"--b\r\n" + logo + b"\r\n") * 40 + b"--b--")
    assert len(mail.attachments) == 40
    assert len({each.sha256 for each in mail.attachments}) == 1


def test_an_attached_mail_is_never_mixed_into_the_words():
    inner = b"From: c@x.test\r\nSubject: inner\r\n\r\n#assign me\r\n"
    mail = read(MIXED + b"--b\r\n\r\nplease see\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"--b--\r\n")
    assert "#assign" not in mail.reply
