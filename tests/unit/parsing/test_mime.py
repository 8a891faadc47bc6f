"""MIME fields of one part: parameters as senders really write them."""

import pytest

from parsing.mime import media
from parsing.reading import read
from parsing.structure.part import media_of


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ('x/y; name="a"b.pdf; c=d', 'a"b.pdf'),
        ("x/y; name=report (1).pdf", "report (1).pdf"),
        ("x/y; name=a.pdf (a comment)", "a.pdf"),
        ('x/y; name="a.pdf" (a comment); z=1', "a.pdf"),
        ("x/y; name*=utf-8''%C3%A4.pdf", "ä.pdf"),
        ("x/y; name*=utf-8''%C3\udca4.pdf", "ä.pdf"),
        ("x/y; name*0*=iso-8859-1''%e4; name*1=b.pdf", "äb.pdf"),
        ('x/y; name="a', "a"),
        ("x/y; name=", ""),
    ],
)
def test_name(value, name):
    assert media(value).get("name") == name


@pytest.mark.parametrize(
    "value", ["image/png", "image / png", "Image/PNG (a comment)", '"image/png"', "image/ png; a=b"]
)
def test_value(value):
    assert media(value).value == "image/png"


@pytest.mark.parametrize("value", ["/", "text", "", "text/", "/plain", ";", "(/)", "/; charset=utf-8"])
def test_what_is_no_type_is_text(value):
    assert media_of({"content-type": [value]}, "text/plain").value == "text/plain"
    mail = read(b"From: a@b.test\nContent-Type: " + value.encode() + b"\n\nthe words")
    assert (mail.text, mail.attachments) == ("the words", ())


def test_a_multipart_of_no_kind_is_mixed():
    mail = read(b"From: a@b.test\nContent-Type: multipart/; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n")
    assert mail.text == "one\n\ntwo"
