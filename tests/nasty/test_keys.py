"""Secret reply addresses in the wrong hands, past their time, and on their way out (intake 1-4 and 19, reliability
threats 1, 10, 35 and 37): nothing is done on them, and none of the staff's ever reaches a customer."""

from __future__ import annotations

import base64
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
from gateway.rules.privacy import keys as leak
from parsing.reading import read
from store import reply_keys
from store.records import Entry, Envelope
from tests.desk import SECRET, UNASKED, Sent, StillDesk
from tests.nasty.post import (
    ANASTASIA,
    BENEDIKT,
    DOMINIQUE,
    EVE,
    NORA,
    PAUL,
    WORDS,
    Post,
    address,
    everything,
    trace_of,
)
from tests.servers.stores import KINDS

BOTH = pytest.mark.parametrize("store_kind", KINDS, indirect=True)


@pytest.fixture
def settings() -> dict[str, str]:
    """A mail that reminds of questions is written by the desk, and prolongs its reader's key: here nothing does."""
    return UNASKED


@pytest.fixture
def post(still: StillDesk) -> Post:
    """A desk with one ticket of Nora's, told to its team."""
    post = Post(still)
    entry = post.write(NORA, "support@desk.example", WORDS, Subject="Search is very slow")
    assert entry["ticket"] == "DESK-1001"
    return post


def secrets_in(sent: Sent) -> set[str]:
    """The secret addresses that a mail holds beside its own reader's."""
    words = everything(sent)
    own = str(sent.mail["Reply-To"])
    assert own in words
    left = words.replace(own, "")
    return {left[place : place + 30] for place in range(len(left)) if leak.in_text(left[place : place + 30])}


# A stranger with somebody's address


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


# Nothing of the staff's leaves

QUOTED = {
    "Outlook, below": (
        "It is fixed.\n\n________________________________\nFrom: Desk Example Support <{reply_to}>\n"
        "Sent: Monday, November 23, 2026 9:00 AM\nTo: Anastasia Winter <anastasia@desk.example>\n"
        "Subject: [DESK-1001] Search is very slow\n\n{notice}"
    ),
    "Outlook, German": (
        "It is fixed.\n\n-----Ursprüngliche Nachricht-----\nVon: Desk Example Support <{reply_to}>\n"
        "Gesendet: Montag, 23. November 2026 09:00\nAn: Anastasia Winter <anastasia@desk.example>\n"
        "Betreff: [DESK-1001] Search is very slow\n\n{notice}"
    ),
    "Gmail": ("It is fixed.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Desk Example Support <\n{reply_to}> wrote:\n\n{quote}"),
    "Apple Mail": (
        "It is fixed.\n\n> On 23. Nov 2026, at 09:00, Desk Example Support <{reply_to}> wrote:\n> \n{quote}"
    ),
    "Thunderbird, above": "On 23.11.26 09:00, Desk Example Support wrote:\n{quote}\n\nIt is fixed.\n",
    "no mark at all": "It is fixed.\n\n{notice}",
    "between our lines": "{quote}\n\nIt is fixed.\n\n> Notes only: {note}\n\nsee above",
    "the address alone": "It is fixed. Write to {reply_to} from now on.",
    "the note address": "It is fixed. Write to {note} from now on.",
}


@pytest.mark.parametrize("shape", QUOTED)
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_threat_10_an_agents_keys_never_leave_in_what_they_quote(post: Post, shape: str, kind: str) -> None:
    """An agent answers with our whole notice below, in the shapes of real clients: either the quotation is cut or the
    mail is held. No byte to the customer names a secret address but her own."""
    still = post.still
    notice = still.latest(ANASTASIA)
    reply_to = str(notice.mail["Reply-To"])
    words = QUOTED[shape].format(
        reply_to=reply_to,
        note=notice.note_address,
        encoded=reply_to.replace("+", "%2B").replace("@", "%40"),
        notice=notice.text(),
        quote="\n".join(f"> {line}" for line in notice.text().splitlines()),
    )
    headers = {"In_Reply_To": str(notice.mail["Message-ID"])}
    if kind == "html":
        lines = words.replace("<", "&lt;").replace("\n", "<br>\n")
        words = f'<html><body><a href="mailto:{reply_to}"></a>{lines}</body></html>'
        headers |= {"MIME_Version": "1.0", "Content_Type": "text/html; charset=utf-8"}
    before = len(still.sent)
    entry = post.write(ANASTASIA, reply_to, words, **headers)
    assert entry["verdict"] in ("appended", "held-command"), entry["reason"]
    outside = [sent for sent in post.since(before) if sent.to == NORA]
    assert bool(outside) is (entry["verdict"] == "appended")
    for sent in outside:
        assert not secrets_in(sent)
        assert "It is fixed" in sent.text()
    if entry["verdict"] == "held-command":
        assert "secret reply address" in " ".join(still.latest(ANASTASIA, "held").text().split())


def _attached(name: str, kind: str, content: bytes) -> tuple[dict[str, str], str]:
    headers = {"MIME_Version": "1.0", "Content_Type": 'multipart/mixed; boundary="b"'}
    file = base64.encodebytes(content).decode()
    return headers, (
        "--b\nContent-Type: text/plain\n\nIt is fixed, see the file.\n"
        f'--b\nContent-Type: {kind}; name="{name}"\nContent-Transfer-Encoding: base64\n'
        f'Content-Disposition: attachment; filename="{name}"\n\n{file}\n--b--\n'
    )


def test_threat_10_what_gets_past_the_first_look_is_stopped_at_the_last(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that no rule has seen is found in the finished mail, also with an invisible letter in it: it does not
    leave, the queue says why, and the agent gets the words back."""
    monkeypatch.setattr("gateway.rules.speech.leaving.found_in", lambda _said, _desk: ())
    still = post.still
    hidden = address(still, ANASTASIA).replace("+", "+\ufeff")
    before = len(still.sent)
    post.write(ANASTASIA, address(still, ANASTASIA), f"It is fixed, write to {hidden} now.")
    for _ in range(4):  # what cannot be written is tried three times
        still.now += timedelta(minutes=30)
        still.settle()
    assert NORA not in {sent.to for sent in post.since(before)}
    (failed,) = [row for row in still.queue() if row["state"] == "failed"]
    why = "could not be rendered: LeakError: a secret reply address (one of our notices is quoted)"
    assert (failed["to"], failed["last_text"]) == (NORA, why)
    told = " ".join(still.latest(ANASTASIA, "undelivered").text().split())
    assert "did not reach" in told
    assert "It is fixed" in told


FILES = {
    "a text": ("notice.txt", "text/plain", lambda raw, text: text),
    "a page": ("notice.html", "text/html", lambda raw, text: b"<p>" + text + b"</p>"),
    "UTF-16, as Outlook saves": ("notice.txt", "text/plain", lambda raw, text: text.decode().encode("utf-16")),
    "a whole mail": ("notice.eml", "message/rfc822", lambda raw, text: raw),
    "a whole mail as octets": ("notice.dat", "application/octet-stream", lambda raw, text: raw),
    "a mail in base64": (
        "notice.mht",
        "application/octet-stream",
        lambda raw, text: b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(text),
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", FILES)
def test_threat_10_an_agents_keys_never_leave_in_a_file(post: Post, shape: str) -> None:
    """An agent attaches what we had sent to them: the answer does not leave, and the agent learns why."""
    still = post.still
    notice = still.latest(ANASTASIA)
    name, kind, make = FILES[shape]
    content = make(notice.raw, notice.text().encode())
    headers, words = _attached(name, kind, content)
    before = len(still.sent)
    post.write(ANASTASIA, address(still, ANASTASIA), words, **headers)
    for _ in range(4):  # what cannot be written is tried three times
        still.now += timedelta(minutes=30)
        still.settle()
    assert NORA not in {sent.to for sent in post.since(before)}
    told = [sent.purpose for sent in post.since(before) if sent.to == ANASTASIA]
    assert [purpose for purpose in told if purpose in ("held", "undelivered")], told


def test_threat_10_a_file_without_a_key_leaves(post: Post) -> None:
    """The same path with a harmless file: what holds files back is the address in them and nothing else."""
    still = post.still
    headers, words = _attached("steps.txt", "text/plain", b"Press Ctrl+K and wait.")
    post.write(ANASTASIA, address(still, ANASTASIA), words, **headers)
    assert b"steps.txt" in still.latest(NORA, "answer").raw


OTHERS_KEY = keys.mint(SECRET, 1001, ANASTASIA, "agent", "public", 1)
LIKE_A_KEY = "support+kaaaaaaaaaaaaaaaaaaaaaaaaaa@desk.example"


@pytest.mark.parametrize("secret", [keys.keyed("support@desk.example", OTHERS_KEY), LIKE_A_KEY])
@pytest.mark.parametrize("hidden", ["", "\u200b"])
def test_threat_10_what_customers_quote_is_given_back_without_addresses(post: Post, secret: str, hidden: str) -> None:
    """A customer's words, subject and name that hold a secret address, real or made to look like one, neither travel
    on in our answer nor keep it from being written."""
    still = post.still
    secret = secret.replace("+", f"+{hidden}")
    noras, to_anastasia = address(still, NORA), address(still, ANASTASIA)
    post.write(
        NORA,
        noras,
        f"Somebody wrote to me from {secret} about it.",
        From=f'"{secret}" <{NORA}>',
        Message_ID=f"<{secret.replace(hidden, '')}>" if not hidden else "<x@northwind.example>",
    )
    entry = post.write(
        PAUL, "support@desk.example", "Export stops.", Subject=f"Export {secret}", From=f'"{secret}" <{PAUL}>'
    )
    assert "export" in still.latest(PAUL, "acknowledgement").mail["Subject"].lower()
    post.write(ANASTASIA, to_anastasia, "We are looking at it.")
    assert entry["ticket"] == "DESK-1002"
    answer = still.latest(NORA, "answer")
    assert "about it." in answer.text(), "the history is there"
    for sent in (answer, still.latest(PAUL, "acknowledgement")):
        assert not secrets_in(sent)


def test_threat_37_everything_that_left_for_a_customer_holds_no_secret_but_their_own(post: Post) -> None:
    """The audit over a whole life: acknowledgement, answers with history, a resolution, a second ticket."""
    still = post.still
    post.write(ANASTASIA, address(still, ANASTASIA), "Which browser?")
    post.write(NORA, address(still, NORA), f"Firefox.\n\n> from {address(still, NORA)}\n> Which browser?")
    public = address(still, ANASTASIA)  # what answers the note stays inside
    post.write(ANASTASIA, public, "#note\nask benedikt")
    post.write(ANASTASIA, public, "#resolve the index was rebuilt")
    post.write(NORA, address(still, NORA), "Thank you, and it is slow again.")
    outside = [sent for sent in still.sent if not sent.to.endswith("@desk.example")]
    assert {sent.purpose for sent in outside} >= {"acknowledgement", "answer", "resolved"}
    for sent in outside:
        assert not secrets_in(sent), sent.purpose
        for name in ("anastasia", "benedikt", "dominique"):
            assert name not in everything(sent).lower()


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
