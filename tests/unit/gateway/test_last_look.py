"""What gets past the first look stops at the last, and whoever wrote it is told what was found (R07)."""

from __future__ import annotations

import base64

import pytest

from store import spoken
from tests import canaries
from tests.desk import Sent, StillDesk
from tests.servers.stores import KINDS
from tests.unit.gateway.test_images import PLACED, jpeg, segment
from tests.unit.gateway.test_privacy import AR, QUESTION

ANASTASIA, NORA = "anastasia@desk.example", "nora@northwind.example"
NOTE = "Between us, the shop was never tested with so many products."


def write(still: StillDesk, words: str, to: str, number: int, file: tuple[str, bytes] | None = None) -> dict[str, str]:
    """A mail of Anastasia's, with a file or without."""
    name, content = file or ("", b"")
    attached = (
        f"--m\nContent-Type: application/octet-stream; name={name}\nContent-Transfer-Encoding: base64\n"
        f"Content-Disposition: attachment; filename={name}\n\n{base64.encodebytes(content).decode()}"
    )
    body = f"--m\nContent-Type: text/plain\n\n{words}\n{attached if file else ''}--m--\n"
    head = f"{AR}From: {ANASTASIA}\nTo: {to}\nSubject: Re: [DESK-1001]\nMessage-ID: <x{number}@laptop.example>\n"
    return still.mail(f"{head}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n{body}", ANASTASIA, to)


def asked(still: StillDesk) -> tuple[str, str]:
    """A ticket is there: the agent's reply address, and the one for notes."""
    still.mail(QUESTION, NORA)
    told = still.latest(ANASTASIA)
    return str(told.mail["Reply-To"]), told.note_address


def told_of(still: StillDesk) -> Sent:
    assert [sent.purpose for sent in still.sent if sent.to == NORA] == ["acknowledgement"]
    assert [row["state"] for row in still.queue() if row["purpose"] == "answer"] == ["failed"]
    return still.latest(ANASTASIA, "undelivered")


@pytest.mark.parametrize("store_kind", KINDS, indirect=True)
def test_r07_a_photo_that_tells_its_place_stops_and_the_agent_is_told(still: StillDesk) -> None:
    photo = jpeg(segment(0xE1, b"Exif\0\0" + PLACED))
    entry = write(still, "This is how it looks here.", asked(still)[0], 1, ("desk.jpg", photo))
    assert entry["verdict"] == "appended"
    text = " ".join(told_of(still).text().split())
    assert "the place where it was taken (the file desk.jpg)" in text
    assert "This is how it looks here." in text
    assert "Take it out and answer again." in text
    assert "queue retry" not in text, "the same letter is never cleaner"


@pytest.mark.parametrize("store_kind", KINDS, indirect=True)
def test_r07_words_of_a_note_that_is_long_ago_stop_at_the_last_look(still: StillDesk) -> None:
    """The first look knows the ticket's newest messages, the last one two hundred."""
    public, inside = asked(still)
    write(still, NOTE, inside, 1)
    for number in range(2, 16):
        write(still, f"Note number {number}.", inside, number)
    entry = write(still, "The shop was never tested\nwith so many products.", public, 99)
    assert entry["verdict"] == "appended"
    assert 'words of an internal note: "the shop was never tested with so many"' in " ".join(
        told_of(still).text().split()
    )
    again = write(still, "The shop was never tested with so many products, sorry.", public, 100)
    assert again["verdict"] == "appended"
    assert [sent.purpose for sent in still.sent if sent.to == NORA] == ["acknowledgement"], "what failed was never told"


@pytest.mark.parametrize("store_kind", KINDS, indirect=True)
@pytest.mark.parametrize("verb", ["#split another matter", "#merge DESK-1002"])
def test_r07_notes_of_a_ticket_that_was_split_or_merged_stop_at_the_last_look(still: StillDesk, verb: str) -> None:
    inside = asked(still)[1]
    write(still, NOTE, inside, 1)
    if verb.startswith("#merge"):
        still.mail(QUESTION.replace("a1@", "a2@").replace("Search", "Export"), NORA)
    still.do("DESK-1001", verb, "anastasia")
    told = [sent for sent in still.sent if sent.to == ANASTASIA and "DESK-1002" in str(sent.mail["Subject"])]
    notices = [sent for sent in told if sent.purpose == "notice"]
    write(still, NOTE.removeprefix("Between us, "), str(notices[-1].mail["Reply-To"]), 2)
    assert [row["state"] for row in still.queue() if row["purpose"] == "answer"] == ["failed"]
    assert "words of an internal note" in " ".join(still.latest(ANASTASIA, "undelivered").text().split())


def test_r07_notes_are_known_however_much_was_said_since(still: StillDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken, "NEWEST", 1)
    monkeypatch.setattr(spoken, "AT_ONCE", 2)
    public, inside = asked(still)
    write(still, NOTE, inside, 1)
    for number in range(2, 16):
        write(still, f"Note number {number}.", inside, number)
    write(still, "The shop was never tested with so many products.", public, 99)
    told_of(still)


@pytest.mark.parametrize(
    "subject", ["db1.lan dies again", "Book at calendly.com/anastasia", "ask benedikt@desk.example"]
)
def test_r07_a_subject_of_a_colleague_is_held(still: StillDesk, subject: str) -> None:
    raw = f"{AR}From: {ANASTASIA}\nTo: {{}}\nSubject: {subject}\nMessage-ID: <s1@laptop.example>\n\n{{}}\n"
    words = f"#for {NORA}\n#notify\n\nShe rang."
    entry = still.mail(raw.format("support@desk.example", words), ANASTASIA)
    assert (entry["verdict"], "the subject would tell the customer" in entry["reason"]) == ("held-command", True)
    public, _ = asked(still)
    assert "it would tell the customer" in write(still, f"#split {subject}", public, 2)["reason"]
    assert [sent.purpose for sent in still.sent if sent.to == NORA] == ["acknowledgement"]


def test_r07_words_of_verbs_and_what_stands_below_a_note_stay_inside(still: StillDesk) -> None:
    public, inside = asked(still)
    still.do("DESK-1001", "#todo find out who forgot to renew the licence", "anastasia")
    entry = write(still, "We must find out who forgot to renew the licence.", public, 1)
    assert "words of an internal note" in entry["reason"]
    quoted = "On Mon, 23 Nov 2026 at 08:12 Legal <legal@lawyer.example> wrote:\n> "
    write(still, f"See below.\n\n{quoted}{NOTE}", inside, 2)
    entry = write(still, NOTE, public, 3)
    assert "words of an internal note" in entry["reason"]


@pytest.mark.parametrize("store_kind", KINDS, indirect=True)
def test_the_customers_photo_and_words_go_back(still: StillDesk) -> None:
    photo = jpeg(segment(0xE1, b"Exif\0\0" + PLACED))
    still.mail(
        f"From: {NORA}\nTo: support@desk.example\nSubject: Search\nMessage-ID: <a1@northwind.example>\n"
        f"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\n"
        f"Is benedikt@desk.example ill? See shop.northwind.local.\n--m\nContent-Type: image/jpeg; name=shop.jpg\n"
        f"Content-Disposition: attachment\nContent-Transfer-Encoding: base64\n\n"
        f"{base64.encodebytes(photo).decode()}--m--\n",
        NORA,
    )
    to = str(still.latest(ANASTASIA).mail["Reply-To"])
    write(still, "No, benedikt@desk.example is well; shop.northwind.local answers.", to, 1, ("shop.jpg", photo))
    assert still.latest(NORA).purpose == "answer"
    assert canaries.found_in(still.latest(NORA).raw, own=to), "the look of the suite sees that it stands there"


def test_r07_every_byte_for_a_customer_is_clean(still: StillDesk) -> None:
    """A whole matter: nothing of what Nora gets names an agent, a calendar, a meeting or a host of the house."""
    public, inside = asked(still)
    write(still, NOTE, inside, 1)
    write(still, "We look at it.\n\nBest regards,\nAnastasia Winter", public, 2)
    still.do("DESK-1001", "#resolve the index was rebuilt", "anastasia")
    to_nora = [sent for sent in still.sent if sent.to == NORA]
    assert [sent.purpose for sent in to_nora] == ["acknowledgement", "answer", "resolved"]
    for sent in to_nora:
        assert canaries.found_in(sent.raw, notes=[NOTE], own=str(sent.mail["Reply-To"])) == []
