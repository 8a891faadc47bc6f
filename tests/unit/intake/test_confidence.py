"""The words of sensitive facts in what a ticket keeps."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from gateway.rules.intake.confidence import MASK, Cover
from gateway.rules.intake.secrets import Secret
from parsing.intake.labelled import LETTERS, LINES
from parsing.message import Forwarded, Sought
from store.records import AddEvent, AddMessage, Decision, Direction, Message, Role, Verdict

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SOUGHT = (
    Sought(name="pin", kind="text", labels=("pin",)),
    Sought(name="illness", kind="text", labels=("illness", "krankheit")),
    Sought(name="insured", kind="yesno", labels=("insured",)),
    Sought(name="vault", kind="number", labels=("vault code",), pattern="ZX-####-##"),
    Sought(name="stores", kind="text", labels=("stores",)),
)
COVER = Cover(sought=SOUGHT, names=frozenset({"pin", "illness", "insured", "vault"}))


def _secret(words: str, source: str = "", *, cut: bool = False) -> Secret:
    return Secret(field="licence", words=words, source=source, is_cut=cut)


def masked(text: str, secrets: list[Secret]) -> str:
    return Cover(secrets=secrets).over(text)


@pytest.mark.parametrize(
    ("text", "secret", "then"),
    [
        ("My key is Hunter2secret.", _secret("hunter2secret"), f"My key is {MASK}."),
        ("It is blue\n> moon rising, yes", _secret("blue moon rising"), f"It is {MASK}, yes"),
        ("3 of 2031, at 13", _secret("3"), f"{MASK} of 2031, at 13"),
        ("Since: 3 March\nTills: 3", _secret("3", "Tills: 3"), f"Since: 3 March\nTills: {MASK}"),
        ("First line.\n\nOther things.\n\nlast line", _secret("First line.…last line"),
         f"{MASK}\n\nOther things.\n\n{MASK}"),
        ("nothing of it", _secret(" >> "), "nothing of it"),
        ("Is it no? No, no.\n2. no\nno!", _secret("no", "no"), f"Is it no? No, no.\n2. {MASK}\n{MASK}!"),
        ("I am in bed. In bed with flu, that is.", _secret("in bed", "In bed with flu"),
         f"I am in bed. {MASK} with flu, that is."),
        ("no way, said they", _secret("no", "we have no cover"), "no way, said they"),
        ("The latest test, order 120268 of 2026", _secret("2026"), f"The latest test, order 120268 of {MASK}"),
        ("The latest is a test", _secret("test", "The latest is a test"), f"The latest is a {MASK}"),
        ("ZX-2026" + " " * 30 + "secret77 end", _secret("ZX-2026 secret77"), f"{MASK} end"),
        ("It is moon rising and so on.\n\nAnd on.", _secret("moon rising", cut=True), f"It is {MASK}"),
    ],
)  # fmt: skip
def test_words_are_replaced_where_they_stand(text: str, secret: Secret, then: str) -> None:
    assert masked(text, [secret]) == then


def test_values_that_overlap_are_masked_once() -> None:
    assert masked("code hunter2secret", [_secret("hunter2"), _secret("hunter2secret")]) == f"code {MASK}"
    assert masked("hunter2 moonrise", [_secret("hunter2"), _secret("hunter2 moonrise")]) == MASK
    both = Cover(secrets=[_secret("in", "hunter2xyz in bed")], sought=SOUGHT, names=COVER.names)
    assert both.over("Illness: hunter2xyz in bed\nStores: 3") == f"Illness: {MASK}\nStores: 3"


LONG = " ".join(f"detail{at}" for at in range(400))


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("Help.\n\nPIN: 4711\n\nStores: 3", f"Help.\n\nPIN: {MASK}\n\nStores: 3"),
        (f"Illness: HIV positive, as you know: {LONG}\n\nBye", f"Illness: {MASK}\n\nBye"),
        ("PIN: a\nI have a problem", f"PIN: {MASK}\nI have a problem"),
        ("PIN: 12\n\nWe have 12 tills", f"PIN: {MASK}\n\nWe have 12 tills"),
        ("There is no way\n\nInsured: no\nNo other", f"There is no way\n\nInsured: {MASK}\nNo other"),
        ("Vault code: hunter2xyz", f"Vault code: {MASK}"),
        ("Illness:\n- HIV positive\n\n- hepatitis C\n\nStores: 3", f"Illness:\n{MASK}\n\nStores: 3"),
        ("\n".join(f"PIN: secretval{at}" for at in range(9)), "\n".join([f"PIN: {MASK}"] * 9)),
        ("PIN: I don't know\nIllness: -\nInsured:\nVault code: see below", None),
        ("> PIN\n> (the four digits of it)\nno idea", None),
        ("Stores: 4711", None),
        ("line\n" * (LINES + 20) + "PIN: hunter2xyz", "line\n" * (LINES + 20) + f"PIN: {MASK}"),
        ("x" * (LETTERS + 99) + "\nPIN: hunter2xyz", "x" * (LETTERS + 99) + f"\nPIN: {MASK}"),
        ("", None),
    ],
)  # fmt: skip
def test_what_stands_behind_the_name_of_a_sensitive_field_is_masked_whatever_it_is(text: str, then: str | None) -> None:
    assert COVER.over(text) == (text if then is None else then)


def test_every_text_of_a_kept_message_is_without_them_and_nothing_else_changes() -> None:
    forwarded = Forwarded(from_=None, subject="about abcd1234", date=None, text="abcd1234 it is")
    message = Message(
        at=NOW, direction=Direction.IN, role=Role.CUSTOMER, from_address="n@x.example", subject="Key abcd1234",
        text="It is abcd1234", forwarded=forwarded,
    )  # fmt: skip
    event = AddEvent(ticket=7, kind="replied", actor="n@x.example")
    decision = Decision(
        entry=None, verdict=Verdict.APPENDED, reason="", effects=(AddMessage(ticket=7, message=message), event)
    )
    after, same = Cover(secrets=[_secret("abcd1234")]).kept(decision).effects
    assert isinstance(after, AddMessage)
    assert after.message.forwarded is not None
    carried = after.message.forwarded
    assert (after.message.subject, after.message.text) == (f"Key {MASK}", f"It is {MASK}")
    assert (carried.subject, carried.text) == (f"about {MASK}", f"{MASK} it is")
    assert same == event
    assert Cover().kept(decision) is decision


def test_our_own_question_is_no_value() -> None:
    ours = Message(
        at=NOW, direction=Direction.OUT, role=Role.SYSTEM, from_address="s@d.example", text="PIN: the digits"
    )
    theirs = Message(at=NOW, direction=Direction.NOTE, role=Role.AGENT, from_address="a@d.example", text="PIN: 4711")
    made = Decision(
        entry=None, verdict=Verdict.APPENDED, reason="",
        effects=(AddMessage(ticket=7, message=ours), AddMessage(ticket=7, message=theirs)),
    )  # fmt: skip
    texts = [one.message.text for one in COVER.kept(made).effects if isinstance(one, AddMessage)]
    assert texts == ["PIN: the digits", f"PIN: {MASK}"]


@pytest.mark.parametrize("words", ["> " * 300 + "b", "a " * 1_000 + "b", ">a " * 300, "…\n" * 500 + "a" * 999])
def test_no_value_makes_the_search_slow(words: str) -> None:
    some = [_secret(words, words) for _ in range(20)]
    for text in ("> " * 50_000, "a " * 50_000, "a" + " " * 100_000, ">a " * 30_000, "pin: a\n" * 14_000):
        begun = time.process_time()
        Cover(secrets=some, sought=SOUGHT, names=COVER.names).over(text)
        assert time.process_time() - begun < 1
