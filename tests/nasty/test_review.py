"""What a review of the whole found, each played on a desk once more."""

from __future__ import annotations

from datetime import timedelta

from parsing.message import AuthMethod
from tests.desk import StillDesk

NORA, EVE = "nora@northwind.example", "eve@evil.example"
PROVEN = "Authentication-Results: mx.desk.example; dmarc=pass header.from={}\n"
FAILED = "Authentication-Results: mx.desk.example; dmarc=fail header.from={}\n"


def post(
    still: StillDesk, author: str, words: str, to: str = "support@desk.example", **headers: str
) -> dict[str, object]:
    """One mail of `author`; `proven` says what our border found, the other words are headers."""
    still.now += timedelta(minutes=1)
    number = len(still.entries())
    found = headers.pop("results", FAILED).format(author.partition("@")[2])
    lines = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    subject = "" if "Subject" in headers else "Subject: The export stops\n"
    raw = f"{found}From: {author}\nTo: {to}\n{subject}{lines}Message-ID: <r{number}@x.example>\n\n{words}\n"
    return still.mail(raw, author, to)


def key_of(still: StillDesk, address: str) -> str:
    return str(still.latest(address).mail["Reply-To"])


def test_threat_1_a_forged_robot_of_a_colleague_is_no_note(still: StillDesk) -> None:
    post(still, NORA, "It stops.", results=PROVEN)
    robot = {"Subject": "Re: [DESK-1001] The export stops", "Auto_Submitted": "auto-replied"}
    entry = post(still, "anastasia@desk.example", "Refund approved by me.", **robot)
    assert (entry["verdict"], entry["ticket"]) == ("auto-reply-recorded", None)
    assert [message["direction"] for message in still.ticket(1001)["messages"]] == ["in", "out"]


def test_threat_5_a_key_alone_copies_nobody(still: StillDesk) -> None:
    post(still, NORA, "It stops.", results=PROVEN)
    entry = post(still, NORA, "It still stops.", key_of(still, NORA), Cc=EVE)
    assert entry["trust"] == "C"
    assert [one["address"] for one in still.ticket(1001)["participants"]] == [NORA]


def test_threat_7_what_goes_to_who_is_copied_counts(still: StillDesk) -> None:
    victim = "victim@innocent.example"
    for number in range(14):
        post(still, f"eve{number}@evil.example", f"Parcel {number}.", results=PROVEN, Cc=victim)
        still.do(f"DESK-{1001 + number}", "#topic Usage\n#start\n#resolve done", "dominique")
    assert len([sent for sent in still.sent if sent.to == victim]) == still.desk.budgets.participant_day
    held = [row for row in still.queue() if row["to"] == victim and row["state"] == "held"]
    assert len(held) == 14 - still.desk.budgets.participant_day


def test_intake_22_who_is_proven_is_heard_with_the_same_words_on_two_tickets(still: StillDesk) -> None:
    words = "Sorry, it still does not work for us."
    keys = []
    for number in (1, 2):
        post(still, NORA, f"Fault {number} is here.", results=PROVEN, Subject=f"Fault {number}")
        keys.append(key_of(still, NORA))
        still.do(f"DESK-{1000 + number}", "#topic Usage\n#start\n#resolve done", "dominique")
    found = [post(still, NORA, words, key, results=PROVEN, Subject=f"Re: Fault {keys.index(key) + 1}") for key in keys]
    assert [entry["verdict"] for entry in found] == ["reopened", "reopened"]
    again = post(still, NORA, words, keys[1], results=PROVEN, Subject="Re: Fault 2")
    assert again["verdict"] == "auto-reply-recorded", "twice on one ticket is an echo"


def test_threat_7_forged_mail_keeps_nobody_from_hearing_of_the_customer(still: StillDesk) -> None:
    post(still, NORA, "It stops.", results=PROVEN)
    key = key_of(still, NORA)
    for number in range(60):
        post(still, NORA, f"Forged words number {number}.", Subject="Re: [DESK-1001] The export stops")
    before = len(still.sent)
    post(still, NORA, "Fire in the server room, call me.", key, results=PROVEN)
    assert [sent.purpose for sent in still.sent[before:]] == ["notice", "notice"]


def test_a_mail_that_was_kept_out_is_no_copy_of_the_one_that_comes_a_better_way(still: StillDesk) -> None:
    raw = f"From: {NORA}\nTo: support@desk.example\nSubject: s\nMessage-ID: <same@n.example>\n\nHelp.\n"
    still.now += timedelta(minutes=1)
    assert still.mail("X-Spam-Flag: YES\n" + raw, NORA)["verdict"] == "spam-quarantined"
    assert still.mail(PROVEN.format("northwind.example") + raw, NORA)["verdict"] == "ticket-created"


def test_threat_3_a_property_that_is_said_twice_proves_nothing() -> None:
    method = AuthMethod(method="spf", result="pass", properties=(("smtp.mailfrom", "a"), ("smtp.mailfrom", "b")))
    assert method.property("smtp.mailfrom") == ""


def test_intake_3_of_both_addresses_of_a_colleague_the_inner_one_counts(still: StillDesk) -> None:
    post(still, NORA, "It stops.", results=PROVEN)
    notice = still.latest("anastasia@desk.example", "notice")
    public, inside = str(notice.mail["Reply-To"]), notice.note_address
    raw = (
        PROVEN.format("desk.example")
        + f"From: anastasia@desk.example\nTo: {public}, {inside}\nSubject: Re: x\n"
        + "Message-ID: <b@d.example>\n\nInternal.\n"
    )
    before = len(still.sent)
    still.now += timedelta(minutes=1)
    still.mail(raw, "anastasia@desk.example", public, inside)
    assert "answer" not in [sent.purpose for sent in still.sent[before:]]


def test_what_is_confirmed_goes_to_those_it_was_asked_about(still: StillDesk) -> None:
    """Reliability 33, intake 19: somebody is copied between the question and the answer; then nothing is done."""
    post(still, NORA, "It stops.", results=PROVEN)
    notice = still.latest("anastasia@desk.example", "notice")
    asked = post(still, "anastasia@desk.example", "Your new password is x.", str(notice.mail["Reply-To"]))
    assert asked["verdict"] == "held-command"
    question = str(still.latest("anastasia@desk.example", "confirmation").mail["Reply-To"])
    post(still, NORA, "Bob reads along.", key_of(still, NORA), results=PROVEN, Cc=EVE)
    before = len(still.sent)
    post(still, "anastasia@desk.example", "YES", question)
    assert [(sent.purpose, sent.to) for sent in still.sent[before:]] == [("held", "anastasia@desk.example")]
    assert still.entry(int(str(asked["id"])))["verdict"] == "held-command"
