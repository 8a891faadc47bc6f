"""MIME fields of one part: parameters as senders really write them."""

import pytest

from parsing.mime import media


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
