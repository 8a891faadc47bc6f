"""Secret addresses: stable, different for whatever they stand for, and not to be forged or read back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.rules import keys
from parsing.address import split_detail
from store.records import ReplyKey, Role

SECRET = bytes(range(32))
CLAIM = (SECRET, 1001, "nora@northwind.example", "customer", "public", 1)


def test_a_key_is_128_bits_of_lower_case_and_stable() -> None:
    key = keys.mint(*CLAIM)
    assert key == keys.mint(*CLAIM)
    assert len(key) == 26
    assert key == key.lower()
    assert key.isalnum()


@pytest.mark.parametrize(
    ("place", "other"),
    [(0, bytes(32)), (1, 1002), (2, "paul@northwind.example"), (3, "agent"), (4, "note"), (5, 2)],
)
def test_a_key_depends_on_all_that_it_stands_for(place: int, other: object) -> None:
    claim = [*CLAIM]
    claim[place] = other
    assert keys.mint(*claim) != keys.mint(*CLAIM)  # type: ignore[arg-type]


def test_a_keyed_address_is_read_back() -> None:
    key = keys.mint(*CLAIM)
    address = keys.keyed("support@desk.example", key)
    assert address == f"support+k{key}@desk.example"
    mailbox, detail = split_detail(address)
    assert mailbox == "support@desk.example"
    assert keys.key_in(detail) == key
    assert len(address.partition("@")[0]) <= 64, "RFC 5321 section 4.5.3.1.1"


@pytest.mark.parametrize("detail", ["", "k", "kshort", "k" + "a" * 27, "v" + "a" * 26, "a" * 27, "k" + "-" * 26])
def test_what_is_no_key(detail: str) -> None:
    assert keys.key_in(detail) == ""


def test_the_store_keeps_only_a_fingerprint() -> None:
    key = keys.mint(*CLAIM)
    print_ = keys.fingerprint(key)
    assert len(print_) == 64
    assert key not in print_
    assert print_ == keys.fingerprint(key.upper()), "mail servers may change the case of an address"
    assert keys.fingerprint("\udcff") != print_


def test_a_return_path_names_its_mail_and_cannot_be_forged() -> None:
    address = keys.return_path(SECRET, "support@desk.example", 4711)
    detail = split_detail(address)[1]
    assert keys.returned(SECRET, detail) == 4711
    assert keys.returned(bytes(32), detail) is None
    number, _, proof = detail.partition("-")
    assert keys.returned(SECRET, f"v4712-{proof}") is None
    assert keys.returned(SECRET, f"{number}-{'a' * 16}") is None
    assert keys.returned(SECRET, f"{number}-") is None
    assert keys.returned(SECRET, number) is None


@pytest.mark.parametrize(
    "detail", ["", "v", "v-", "v1", "vx-y", "v٣-abc", "v-1-abc", "v" + "9" * 30 + "-abc", "k1-abc", "v1-é"]
)
def test_what_is_no_return_path(detail: str) -> None:
    assert keys.returned(SECRET, detail) is None


NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
GOOD = ReplyKey(ticket=1001, person=str(CLAIM[2]), role=Role.CUSTOMER, expires_at=NOW + timedelta(days=1), hash="good")
OVER = {
    "late": ReplyKey(ticket=1001, person="a@x.example", role=Role.CUSTOMER, expires_at=NOW),
    "ended": ReplyKey(ticket=1001, person="a@x.example", role=Role.AGENT, revoked=True),
}


@pytest.mark.parametrize(
    ("prints", "key", "why"),
    [
        ([], None, ""),
        (["good"], GOOD, ""),
        (["late"], None, "it was a@x.example's and lapsed on 2026-11-23"),
        (["ended"], None, "it was a@x.example's and is revoked"),
        (["other"], None, "the desk never gave it to anybody"),
        (["other", "late", "good"], GOOD, ""),
        (["late", "other"], None, "it was a@x.example's and lapsed on 2026-11-23"),
    ],
)
def test_the_first_key_that_counts_is_the_one(prints: list[str], key: ReplyKey | None, why: str) -> None:
    assert keys.presented(prints, {"good": GOOD, **OVER}, NOW) == (key, why)


def test_a_key_without_an_end_counts() -> None:
    endless = ReplyKey(ticket=1001, person="a@x.example", role=Role.CUSTOMER)
    assert keys.presented(["x"], {"x": endless}, NOW) == (endless, "")


def test_what_is_said_of_a_key_in_other_hands() -> None:
    assert keys.in_other_hands(GOOD, GOOD.person, "DESK-1001") == ""
    said = keys.in_other_hands(GOOD, "eve@evil.example", "DESK-1001")
    assert f"the secret reply address of {GOOD.person}, from another sender" in said
    assert f"`replydesk agent keys {GOOD.person} --ticket DESK-1001 --revoke`" in said
    assert "eve" not in said
    assert not keys.is_staffs(GOOD, "eve@evil.example")
    assert keys.is_staffs(OVER["ended"], "eve@evil.example")
    assert not keys.is_staffs(OVER["ended"], "a@x.example")
