"""S/MIME containers: what is inside, in every form that clients write (intake 57)."""

import base64
import time
import tracemalloc
import zlib

import pytest

from parsing import limits
from parsing.attachment import cut
from parsing.reading import read
from parsing.structure.cms import Sealed, sealed
from tests.mails.files.build import ber, compressed_data, der, enveloped_data, oid, signed_data

ENTITY = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThe contract is signed.\r\n"


@pytest.mark.parametrize(("make", "piece"), [(der, 0), (der, 16), (ber, 0), (ber, 1), (ber, 1000)])
def test_signed_content_in_every_form_of_ber(make, piece):
    assert sealed(signed_data(ENTITY, make, piece)) == Sealed(kind="signed", content=ENTITY)


def test_octet_strings_inside_one_another():
    inner = ber(
        0x24, ber(0x24, der(0x04, b"one "), der(0x04, b"two ")), der(0x24, der(0x04, b"three")), der(0x04, b".")
    )
    data = ber(0x30, oid("2a864886f70d010702"), ber(0xA0, ber(0x30, der(2, b"\1"), ber(0x31), ber(
        0x30, oid("2a864886f70d010701"), ber(0xA0, inner)))))  # fmt: skip
    assert sealed(data) == Sealed(kind="signed", content=b"one two three.")


def test_too_deep_octet_strings_are_left():
    inner = der(0x04, b"x")
    for _ in range(limits.CMS_DEPTH + 1):
        inner = ber(0x24, inner)
    data = ber(0x30, oid("2a864886f70d010702"), ber(0xA0, ber(0x30, der(2, b"\1"), der(0x31), ber(
        0x30, oid("2a864886f70d010701"), ber(0xA0, inner)))))  # fmt: skip
    assert sealed(data) == Sealed(kind="signed", broken=True)


def test_encrypted_is_named_and_left():
    assert sealed(enveloped_data(b"\x17" * 500)) == Sealed(kind="encrypted")


def test_certificates_alone_hold_nothing():
    assert sealed(signed_data(None)) == Sealed(kind="signed")


def test_compressed_content_is_inflated_within_bounds():
    assert sealed(compressed_data(zlib.compress(ENTITY))) == Sealed(kind="compressed", content=ENTITY)
    bomb = compressed_data(zlib.compress(bytes(limits.INFLATED * 8)))
    found = sealed(bomb)
    assert found.broken
    assert len(found.content) == limits.INFLATED
    assert sealed(compressed_data(b"no zlib")) == Sealed(kind="compressed", broken=True)


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"hello" * 9, b"\x1f\x81\x01\0"]
)
def test_what_is_no_cms_is_nothing(data):
    assert sealed(data) == Sealed(kind="", broken=True)


def test_every_beginning_is_read_without_raising():
    whole = signed_data(ENTITY, ber, 10)
    for end in range(len(whole)):
        found = sealed(whole[:end])
        assert ENTITY.startswith(found.content)


def test_worst_cases_are_linear():
    nested = b"\x30\x80" * 500_000
    values = signed_data(b"x" * 200_000, ber, 1)
    levels = ber(0x30, oid("2a864886f70d010702"), ber(0xA0, ber(0x30, der(2, b"\1"), nested)))
    for data in (nested, values, levels):
        begin = time.process_time()
        sealed(data)
        assert time.process_time() - begin < 1
        tracemalloc.start()
        sealed(data)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
        tracemalloc.stop()


def mail(data, headers):
    return b"From: a@x.example\r\nSubject: s\r\n" + headers + (
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data)
    )  # fmt: skip


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n",
        b"Content-Type: application/x-pkcs7-mime\r\nContent-Disposition: attachment; filename=smime.p7m\r\n",
        b"Content-Type: application/octet-stream; name=SMIME.P7M\r\n",
    ],
)
def test_signed_text_is_the_text_of_the_mail(headers):
    found = read(mail(signed_data(ENTITY), headers))
    assert (found.text.strip(), found.signed, found.encrypted) == ("The contract is signed.", "smime", "")
    assert found.attachments == ()


def test_parts_inside_have_numbers_after_all_others():
    entity = (
        b"Content-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\nContent-Type: text/plain\r\n\r\nhello\r\n--in\r\n"
        b"Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.4 one\r\n--in--\r\n"
    )
    raw = (
        b"From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        + mail(signed_data(entity), b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n").partition(
            b"s\r\n"
        )[2]
        + b"--b\r\nContent-Type: text/plain; name=footer.txt\r\nContent-Disposition: attachment\r\n\r\n"
        b"footer\r\n--b--\r\n"
    )
    found = read(raw)
    assert found.text.strip() == "hello"
    assert [(file.part, file.filename, cut(raw, file.part)) for file in found.attachments] == [
        (2, "footer.txt", b"footer"),
        (5, "a.pdf", b"%PDF-1.4 one"),
    ]


def test_encrypted_mail_stays_a_file_and_is_named():
    headers = b"Content-Type: application/octet-stream; name=smime.p7m\r\n"
    found = read(mail(enveloped_data(b"\x99" * 300), headers))
    assert (found.encrypted, found.signed, found.text) == ("smime", "", "")
    assert [file.filename for file in found.attachments] == ["smime.p7m"]
    assert "the text is encrypted" in found.defects


def test_a_broken_container_stays_a_file_beside_what_was_inside():
    whole = signed_data(ENTITY * 20, ber, 100)
    found = read(mail(whole[: len(whole) // 2], b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n"))
    assert found.text.startswith("The contract is signed.")
    assert [file.filename for file in found.attachments] == ["smime.p7m"]
    assert "an S/MIME part cannot be read whole" in found.defects


def test_containers_inside_too_many_others_stay_closed():
    data = ENTITY
    for _ in range(limits.OPENED + 1):
        data = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n" + signed_data(data)
    found = read(b"From: a@x.example\r\n" + data)
    assert "contract" not in found.text
    assert len(found.attachments) == 1
    assert any("not opened" in defect for defect in found.defects)
