"""What a secret reply address is bound to, how long it lives, and the command that lists and ends them (intake 3, 4 and
19, reliability threat 35)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli.agent import agent
from gateway.cli.keys import keys as command
from gateway.rehearsal import rehearse
from gateway.rules import keys
from gateway.rules.case import Incoming
from parsing.reading import read
from store import reply_keys
from store.records import Entry, Envelope
from tests.desk import StillDesk
from tests.nasty.nora import post, settings
from tests.nasty.post import ANASTASIA, BENEDIKT, DOMINIQUE, EVE, NORA, PAUL, WORDS, Post, address, everything, trace_of
from tests.servers.stores import KINDS

__all__ = ["post", "settings"]

BOTH = pytest.mark.parametrize("store_kind", KINDS, indirect=True)


# What a key is bound to


@BOTH
def test_intake_19_the_same_mail_again_is_a_duplicate_and_the_same_words_are_judged_anew(post: Post) -> None:
    """Whoever caught a proven mail can send it again: byte for byte it is a duplicate; with a fresh Message-ID and
    without its proof it is only what the key alone proves, and for staff that is a question and no act."""
    still = post.still
    key = address(still, ANASTASIA)
    first = post.write(ANASTASIA, key, "It is fixed.", Message_ID="<once@desk.example.invalid>")
    assert (first["verdict"], first["trust"]) == ("appended", "A")
    before = len(still.sent)
    still.now += timedelta(days=40)
    again = post.write(ANASTASIA, key, "It is fixed.", Message_ID="<once@desk.example.invalid>")
    assert again["verdict"] == "duplicate"
    fresh = post.write(ANASTASIA, key, "It is fixed.", proven=False)
    assert (fresh["verdict"], fresh["trust"]) == ("held-command", "C")
    assert NORA not in {sent.to for sent in post.since(before)}


@BOTH
def test_intake_19_a_key_names_its_ticket_whatever_the_mail_names(post: Post) -> None:
    """A mail that is aimed at another ticket, by its subject and its References, still goes where its address says."""
    still = post.still
    other = post.write(PAUL, "support@desk.example", "The export stops.", Subject="Export", Message_ID="<p@p.example>")
    assert other["ticket"] == "DESK-1002"
    entry = post.write(
        NORA,
        address(still, NORA),
        "Into the other one.",
        Subject="Re: [DESK-1002] Export",
        In_Reply_To="<p@p.example>",
        References="<p@p.example>",
    )
    assert entry["ticket"] == "DESK-1001"
    assert len(still.ticket(1002)["messages"]) == 2


@BOTH
@pytest.mark.parametrize("end", ["expired", "revoked", "unknown"])
def test_threat_35_a_key_that_counts_for_nothing_looks_like_any_other_address(post: Post, end: str) -> None:
    """Whoever tries keys learns nothing from us: an expired, a revoked and a made-up one all give what the bare address
    gives, to the byte; only the trace says which it was."""
    still = post.still
    real = address(still, NORA)
    key = real.partition("+k")[2].partition("@")[0]
    if end == "expired":
        still.now += still.desk.key_life
    elif end == "revoked":
        with still.store.turn() as connection:
            assert reply_keys.revoke(connection, NORA)
    else:
        key = key[::-1]
    tried = f"support+k{key}@desk.example"
    by_key = post.write(PAUL, tried, "Is anybody there?", Subject="Hello")
    still.now += timedelta(days=2)
    bare = post.write(EVE, "support@desk.example", "Is anybody there?", Subject="Hello")
    assert (by_key["verdict"], bare["verdict"]) == ("ticket-created", "ticket-created")
    assert (by_key["trust"], bare["trust"]) == ("B", "B")
    why = {"expired": "lapsed on 2027-11-23", "revoked": "is revoked", "unknown": "never gave it to anybody"}[end]
    assert why in trace_of(by_key)
    answers = [still.latest(PAUL), still.latest(EVE)]
    assert [sent.sender for sent in answers] == ["", ""]
    kinds = [list(sent.mail) for sent in answers]
    assert kinds[0] == kinds[1]
    assert "counts for nothing" not in "".join(everything(sent) for sent in answers)


@BOTH
def test_intake_4_a_key_that_is_over_leaves_its_person_their_place(post: Post) -> None:
    """Without the key Nora is who her domain says and what her mail answers: nothing is lost, no bounce is made."""
    still = post.still
    sent = still.latest(NORA)
    with still.store.turn() as connection:
        assert reply_keys.revoke(connection, NORA)
    entry = post.write(NORA, address(still, NORA), "And again.", In_Reply_To=str(sent.mail["Message-ID"]))
    assert (entry["verdict"], entry["ticket"], entry["trust"]) == ("appended", "DESK-1001", "B")


@BOTH
def test_intake_3_after_a_revocation_every_mail_carries_a_new_key(post: Post) -> None:
    """Rotation by serial: the next notice and the next answer have other addresses, and those work."""
    still = post.still
    old = {who: address(still, who) for who in (NORA, ANASTASIA)}
    answers = str(still.latest(ANASTASIA).mail["Message-ID"])
    with still.store.turn() as connection:
        for who in old:
            assert reply_keys.revoke(connection, who)
    post.write(NORA, "support@desk.example", "Still slow.", Subject="Re: [DESK-1001] Search is very slow")
    new = address(still, ANASTASIA)
    assert new != old[ANASTASIA]
    before = len(still.sent)
    refused = post.write(ANASTASIA, old[ANASTASIA], "It is fixed.", In_Reply_To=answers)
    assert (refused["verdict"], refused["ticket"], refused["trust"]) == ("held-unverified", "DESK-1001", "B")
    assert [sent.to for sent in post.since(before)] == [ANASTASIA], "they are told, and nobody else"
    done = post.write(ANASTASIA, new, "It is fixed.")
    assert (done["verdict"], done["trust"]) == ("appended", "A")
    assert address(still, NORA) != old[NORA]
    by_key = post.write(NORA, address(still, NORA), "Thank you.", proven=False)
    assert (by_key["ticket"], by_key["trust"]) == ("DESK-1001", "C")


@BOTH
@pytest.mark.parametrize("way", ["sweep", "command"])
def test_intake_3_time_and_the_command_line_write_new_keys_too(post: Post, way: str) -> None:
    """Whatever makes a mail, it carries the key of today: a revoked one would be a dead address in a fresh mail."""
    still, revoked = post.still, (ANASTASIA, BENEDIKT, DOMINIQUE, NORA)
    with still.store.turn() as connection:
        for who in revoked:
            reply_keys.revoke(connection, who)
    before = len(still.sent)
    if way == "sweep":
        still.now += timedelta(days=1)
        still.settle()
    else:
        still.do("DESK-1001", "#topic Usage\n#start\n#resolve the index was rebuilt", "anastasia")
    fresh = post.since(before)
    assert {sent.to for sent in fresh} >= ({ANASTASIA} if way == "sweep" else {NORA, DOMINIQUE})
    with still.store.look() as connection:
        serials = {(one.person, one.serial) for one in reply_keys.listing(connection) if not one.revoked}
    for sent in fresh:
        assert (sent.to, 2 if sent.to in revoked else 1) in serials, sent.to


@BOTH
def test_a_key_lives_as_long_as_its_person_uses_it(post: Post) -> None:
    """It lapses a year after the last mail that carried it or came by it, not after the first."""
    still = post.still
    key = address(still, NORA)
    for _ in range(3):
        still.now += timedelta(days=300)
        post.write(NORA, key, "Still slow.", proven=False)
    entry = still.entries()[-1]
    assert entry["trust"] == "C", "900 days after the first mail"
    still.now += still.desk.key_life + timedelta(days=1)
    assert post.write(NORA, key, "Still slow.", proven=False)["trust"] == "D"


def test_what_a_use_does_to_a_key_is_explained(post: Post) -> None:
    """`explain` says what nobody outside can see: that a key lives on, or why one counts for nothing."""
    still = post.still
    still.now += timedelta(days=100)
    raw = f"From: {NORA}\nTo: x\nSubject: Re: Search\nMessage-ID: <late@northwind.example>\n\nStill slow.\n".encode()
    envelope = Envelope(sender=NORA, recipients=(address(still, NORA),), received_at=still.now, door="smtp")
    entry = Entry(id=0, envelope=envelope, sha256="0" * 64, size=len(raw))
    incoming = Incoming(entry=entry, mail=read(raw, envelope_sender=NORA), now=still.now)
    with still.store.look() as connection:
        told = rehearse(connection, incoming, still.desk)
    assert [(one.words, one.facts["until"]) for one in told.happenings if one.kind == "key"] == [
        ("lets the reply address that it came to live until 2028-03-02T08:00:00.000Z", "2028-03-02T08:00:00.000Z")
    ]
    later = replace(incoming, now=still.now + still.desk.key_life)
    with still.store.look() as connection:
        told = rehearse(connection, later, still.desk)
    assert [step.why for step in told.decision.trace if "counts for nothing" in step.what] == [
        f"it was {NORA}'s and lapsed on 2027-11-23"
    ]


def test_a_stranger_does_not_keep_a_key_alive(post: Post) -> None:
    """Only its person's use prolongs a key: a thief could keep it for ever."""
    still = post.still
    key = address(still, NORA)
    still.now += timedelta(days=300)
    with still.store.look() as connection:
        before = reply_keys.listing(connection, NORA)
    assert post.write(EVE, key, "I have it.")["verdict"] in ("appended", "ticket-created", "reopened")
    with still.store.look() as connection:
        assert reply_keys.listing(connection, NORA, 1001) == before


# The command


@pytest.fixture
def life(tmp_path: Path, template: Path) -> Iterator[tuple[Post, Any]]:
    """A desk with a ticket, and `replydesk agent keys` on it."""
    with closing(StillDesk(tmp_path / "life", template)) as still:
        post = Post(still)
        post.write(NORA, "support@desk.example", WORDS, Subject="Search is very slow")
        still.store.close()
        env = {"REPLYDESK_CONFIG": str(tmp_path / "life" / "replydesk.toml")}

        def call(*words: str, status: int = 0) -> str:
            done = CliRunner().invoke(command, words, env=env)
            assert done.exit_code == status, done.output
            assert "Traceback" not in done.output
            return done.output

        yield post, call


def test_keys_of_who_is_disabled_are_not_good(life: tuple[Post, Any]) -> None:
    """They open nothing for whoever has no access; whoever gave the last lead's away is told what nobody does now."""
    _, call = life
    env = call.__closure__[0].cell_contents  # type: ignore[attr-defined]
    done = CliRunner().invoke(agent, ["disable", "anastasia"], env=env)
    assert "only lead" not in done.output
    assert {row["state"] for row in json.loads(call("anastasia", "--json"))} == {"disabled"}
    assert {row["state"] for row in json.loads(call("dominique", "--json"))} == {"good"}
    done = CliRunner().invoke(agent, ["disable", "dominique"], env=env)
    assert "dominique was the only lead: escalations, #sla and handoffs that nobody takes have nobody." in done.output
    done = CliRunner().invoke(agent, ["disable", "dominique", "--json"], env=env)
    assert json.loads(done.output)["warning"].startswith("dominique was the only lead")


def test_threat_35_agent_keys_lists_all_but_the_keys(life: tuple[Post, Any]) -> None:
    """Who has an address for which ticket and until when: never the address, not even a part of it."""
    post, call = life
    rows = json.loads(call("--json"))
    assert {(row["ticket"], row["person"], row["role"], row["audience"]) for row in rows} == {
        ("DESK-1001", NORA, "customer", "public"),
        ("DESK-1001", ANASTASIA, "agent", "public"),
        ("DESK-1001", ANASTASIA, "agent", "note"),
        ("DESK-1001", DOMINIQUE, "agent", "public"),
        ("DESK-1001", DOMINIQUE, "agent", "note"),
        (None, ANASTASIA, "agent", "commands"),
        (None, DOMINIQUE, "agent", "commands"),
    }
    assert {(row["serial"], row["revoked"], row["expires_at"]) for row in rows} == {
        (1, False, "2027-11-23T08:00:00.000Z")
    }
    assert [row["person"] for row in json.loads(call("anastasia", "--json"))] == [ANASTASIA] * 3
    assert {row["state"] for row in rows} == {"good"}
    assert [row["person"] for row in json.loads(call("NORA@Northwind.example", "--json"))] == [NORA]
    assert "there is no ticket DESK-1999" in call("--ticket", "DESK-1999", "--json", status=1)
    shown = call() + call("--json")
    for sent in post.still.sent:
        key = keys.key_in(str(sent.mail["Reply-To"]).partition("@")[0].partition("+")[2])
        assert key[:8] not in shown
        assert keys.fingerprint(key)[:8] not in shown


def test_intake_3_agent_keys_revokes_by_person_or_ticket(life: tuple[Post, Any]) -> None:
    """`--revoke` ends them; the store says so, and what it says is one sentence or JSON."""
    _, call = life
    assert json.loads(call(NORA, "--ticket", "DESK-1001", "--revoke", "--json")) == {
        "person": NORA,
        "ticket": "DESK-1001",
        "revoked": 1,
        "serial": 2,
        "commands": False,
    }
    ended = call("anastasia", "--revoke")
    assert "2 reply addresses of anastasia@desk.example count no more" in ended
    assert "The personal command address of anastasia@desk.example counts no more" in ended
    assert not [row for row in json.loads(call("anastasia", "--json")) if row["audience"] == "commands"]
    assert "Nothing to revoke" in call("anastasia", "--revoke")
    states = {(row["person"], row["state"]) for row in json.loads(call("--json"))}
    assert states == {(NORA, "revoked"), (ANASTASIA, "revoked"), (DOMINIQUE, "good")}
    assert "nobody of the staff" in call("anastassia", status=2)
    assert "--revoke needs a PERSON" in call("--revoke", status=2)
    assert "never written to ghost@nowhere.example" in call("ghost@nowhere.example", "--revoke", status=1)
