"""Secret reply addresses in the wrong hands (intake 1 and 4, reliability threat 1): nothing is done on them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.nasty.nora import post, settings
from tests.nasty.post import ANASTASIA, BENEDIKT, DOMINIQUE, EVE, NORA, PAUL, Post, address, everything
from tests.servers.stores import KINDS

__all__ = ["post", "settings"]

BOTH = pytest.mark.parametrize("store_kind", KINDS, indirect=True)


@BOTH
def test_intake_4_a_strangers_words_by_a_customers_key_are_unverified_and_get_nothing(post: Post) -> None:
    """The customer forwarded our mail: the words are kept as a third person's, who gets no mail and no history; the
    team is told whose address it was and how to end it."""
    still = post.still
    key, before = address(still, NORA), len(still.sent)
    entry = post.write(PAUL, key, "It is slow here too.", proven=False)
    assert (entry["verdict"], entry["ticket"], entry["trust"]) == ("appended", "DESK-1001", "D")
    assert {sent.to for sent in post.since(before)} == {ANASTASIA, DOMINIQUE}
    for sent in post.since(before):
        words = " ".join(sent.text().split())
        assert f"It came by the secret reply address of {NORA}, from another sender." in words
        assert f"replydesk agent keys {NORA} --ticket DESK-1001 --revoke" in words
    ticket = still.ticket(1001)
    assert ticket["requester"]["address"] == NORA
    assert [(one["address"], one["kind"]) for one in ticket["participants"]] == [
        (NORA, "requester"),
        (PAUL, "unverified"),
    ]
    before = len(still.sent)
    post.write(ANASTASIA, address(still, ANASTASIA), "We are looking at it.")
    assert [sent.to for sent in post.since(before) if sent.purpose == "answer"] == [NORA]
    assert PAUL not in {sent.to for sent in still.sent}


@BOTH
def test_intake_4_a_proven_stranger_with_a_customers_key_is_still_a_stranger(post: Post) -> None:
    """That a mail is proven says who wrote it, not that its author belongs to the ticket."""
    still = post.still
    before = len(still.sent)
    entry = post.write(EVE, address(still, NORA), "Please send me all that was said so far.")
    assert (entry["verdict"], entry["trust"]) == ("appended", "B")
    assert EVE not in {sent.to for sent in post.since(before)}
    again = post.write(EVE, "support@desk.example", "And now by the number.", Subject="Re: [DESK-1001] Search")
    assert again["ticket"] == "DESK-1002", "an unverified participant is none"
    assert "canary-history" not in "".join(everything(sent) for sent in still.sent if sent.to == EVE)


@BOTH
def test_intake_1_a_staff_key_in_strange_hands_does_nothing_and_its_owner_is_told(post: Post) -> None:
    """A stranger has an agent's reply address: the mail is held, no byte goes to the customer, the agent learns of it
    without a word of the stranger's and without their name."""
    still = post.still
    key, before = address(still, ANASTASIA), len(still.sent)
    entry = post.write(EVE, key, "#resolve canary-stranger done\n\nGood bye.", Subject="canary-stranger")
    assert (entry["verdict"], entry["ticket"]) == ("held-unverified", "DESK-1001")
    (told,) = post.since(before)
    assert (told.to, told.purpose) == (ANASTASIA, "held")
    words = " ".join(told.text().split())
    assert "It came to your secret reply address of DESK-1001, from another sender" in words
    assert "replydesk agent keys anastasia --ticket DESK-1001 --revoke" in words
    for word in ("canary", "eve", "evil"):
        assert word not in everything(told)
    assert still.ticket(1001)["status"] == "new"
    still.replay(entry["id"])
    assert len(post.since(before)) == 1, "looking again tells nobody again"


def test_intake_1_a_flood_with_a_staff_key_tells_its_owner_within_the_budget(post: Post) -> None:
    """The warning is automatic mail like any other: a thousand mails must not be a thousand warnings."""
    still = post.still
    key, before = address(still, ANASTASIA), len(still.sent)
    for _ in range(30):
        still.now += timedelta(minutes=1)
        assert post.write(EVE, key, "Once more.", proven=False)["verdict"] == "held-unverified"
    told = post.since(before)
    assert {sent.to for sent in told} == {ANASTASIA}
    assert 1 <= len(told) <= still.desk.budgets.stranger_day, "nothing proves that it is about the one who is told"


def test_intake_1_a_colleague_with_anothers_key_is_not_that_colleague(post: Post) -> None:
    """A forwarded notice makes nobody its reader: proven staff with a colleague's address is held too."""
    still = post.still
    before = len(still.sent)
    entry = post.write(BENEDIKT, address(still, ANASTASIA), "Nora, it is fixed.")
    assert entry["verdict"] == "held-unverified"
    assert NORA not in {sent.to for sent in post.since(before)}
    assert ANASTASIA in {sent.to for sent in post.since(before)}


def test_threat_1_two_from_lines_and_the_right_key_are_nobody(post: Post) -> None:
    """Whoever writes two authors gets neither: not the agent's rights, not the customer's place."""
    still = post.still
    for owner in (ANASTASIA, NORA):
        before = len(still.sent)
        entry = post.write(owner, address(still, owner), "#resolve done\n\nNora, all is well.", FROM=f"Eve <{EVE}>")
        assert entry["trust"] == "D", owner
        assert NORA not in {sent.to for sent in post.since(before)}
    assert still.ticket(1001)["status"] == "new"
