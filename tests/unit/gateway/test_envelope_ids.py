"""The envelope id of a mail: nobody else can make one, and no other secret of the mail is one."""

from __future__ import annotations

import pytest

from gateway.rules import keys
from parsing.address import split_detail

SECRET = b"s" * 32


def test_an_envelope_id_names_its_mail() -> None:
    for number in (1, 4, 10**17):
        name = keys.envelope_id(SECRET, number)
        assert keys.enveloped(SECRET, name) == number
        assert len(name) <= 100
        assert name.replace("-", "").isalnum()


@pytest.mark.parametrize(
    "name",
    ["", "4", "4-", "-", "4-aaaaaaaaaaaaaaaa", "x-aaaaaaaaaaaaaaaa", "٤-aaaaaaaaaaaaaaaa", "9" * 99 + "-a", "4-\udcff"],
)
def test_what_is_invented_names_none(name: str) -> None:
    assert keys.enveloped(SECRET, name) is None


def test_another_mails_proof_another_secret_and_the_reverse_path_are_none() -> None:
    mine = keys.envelope_id(SECRET, 4)
    assert keys.enveloped(SECRET, mine.replace("4-", "5-", 1)) is None
    assert keys.enveloped(b"t" * 32, mine) is None
    detail = split_detail(keys.return_path(SECRET, "support@desk.example", 4))[1]
    assert keys.returned(SECRET, detail) == 4
    assert keys.enveloped(SECRET, detail[1:]) is None, "everybody who reads a Return-Path has that one"
    assert keys.returned(SECRET, f"v{mine}") is None
