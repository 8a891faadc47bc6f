"""R27, R28, R40 of `ops`: what is missing is asked for once, by mail, in any form that a customer answers in.

One file, although long: every story plays on the one desk that is declared at its head.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from store.tables import letters
from store.written import text_of
from tests.acceptance.test_explain import Historian, plain
from tests.desk import START, Sent, StillDesk
from tests.servers import postgresql

MORE = """
[[field]]
name = "stores"
kind = "text"
label = { en = "Stores", de = "Filialen", fr = "Magasins" }
question = { en = "Which stores have it?", de = "Welche Filialen haben es?", fr = "Quels magasins ?" }

[[field]]
name = "screenshot"
kind = "file"
label = { en = "Screenshot" }
question = { en = "Please attach a picture of the screen." }

[[field]]
name = "vault_code"
kind = "number"
pattern = "ZX-####-##"
label = { en = "Vault code" }
question = { en = "What is the code of the vault?" }
sensitive = true
expires_days = 30

[[require]]
type = "support"
drop = ["observed", "steps_to_reproduce", "expected", "started_at", "affected_users", "invoice_number"]

[[require]]
type = "support"
fields = ["steps_to_reproduce", "stores"]

[[require]]
type = "support"
when = { stores = ["all of them"] }
fields = ["screenshot"]

[[field]]
name = "all_day"
kind = "yesno"
label = { en = "All day" }
question = { en = "Is it so all day?" }

[[require]]
type = "support"
topic = "Performance"
fields = ["all_day"]
drop = ["steps_to_reproduce", "stores"]

[[require]]
type = "support"
topic = "Access/login"
fields = ["vault_code"]
drop = ["steps_to_reproduce", "stores"]
"""
PROVEN = "Authentication-Results: mx.desk.example; dmarc=pass header.from={0}\n"
NORA, OLGA, TEAM = "nora@northwind.example", "olga@northwind.example", "anastasia@desk.example"
STEPS = "open the shop, put ten things into the basket, press Pay"


@pytest.fixture
def desk(tmp_path: Path, template: Path, store_kind: str) -> Iterator[StillDesk]:
    """The demo desk; of a support ticket it wants to know the steps and the stores."""
    with ExitStack() as stack:
        shutil.copytree(template, tmp_path / "desk")
        file = tmp_path / "desk" / "replydesk.toml"
        file.write_text(file.read_text("utf-8") + MORE, "utf-8")
        env = {"REPLYDESK_STORE__URL": stack.enter_context(postgresql.emptied())} if store_kind == "postgresql" else {}
        yield stack.enter_context(closing(StillDesk(tmp_path / "desk", env=env)))


def write(
    desk: StillDesk, text: str, sender: str = NORA, to: str = "support@desk.example", *, proven: bool = True,
    subject: str = "The tills are down", back: str = "", **headers: str,
) -> dict[str, Any]:  # fmt: skip
    """A mail, a minute later, with a Message-ID of its own; `back` is the reverse-path where it is another one."""
    desk.now += timedelta(minutes=1)
    number, domain = len(desk.entries()) + 1, sender.partition("@")[2]
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    name = sender.partition("@")[0].capitalize()
    raw = (
        f"{PROVEN.format(domain) if proven else ''}From: {name} Wind <{sender}>\nTo: {to}\nSubject: {subject}\n"
        f"Message-ID: <w{number}@{domain}>\nMIME-Version: 1.0\n{more}\n{text}\n"
    )
    return desk.mail(raw, {"": sender, "<>": ""}.get(back, back), to)


_LABEL = re.compile(r"(?:\d\. )?([A-Z][\w ]+):")


def asks(sent: Sent) -> list[str]:
    """The labels that a mail of ours asks for, as its reader sees them."""
    lines = [line.rstrip() for line in sent.text().splitlines()]
    begun = next((at for at, line in enumerate(lines) if line.startswith(("To begin at once", "Reply here"))), None)
    return [] if begun is None else [found[1] for line in lines[begun + 1 :] if (found := _LABEL.fullmatch(line))]


def key(desk: StillDesk, whom: str = NORA) -> str:
    return str(desk.latest(whom).mail["Reply-To"].addresses[0].addr_spec)


def answer(desk: StillDesk, text: str, sender: str = NORA, **how: Any) -> tuple[dict[str, Any], list[Sent]]:
    """Somebody answers our last mail to Nora at her reply address; what our machine then sends outside."""
    before, to = len(desk.sent), how.pop("to", "") or key(desk)
    entry = write(desk, text, sender, to, subject="Re: [DESK-1001] The tills are down", **how)
    return entry, [mail for mail in desk.sent[before:] if not mail.to.endswith("@desk.example")]


def notice(desk: StillDesk) -> str:
    return " ".join(desk.latest(TEAM, "notice").text().split())


def states(desk: StillDesk, number: int = 1001) -> dict[str, str]:
    return {name: fact["state"] for name, fact in desk.ticket(number)["intake"]["fields"].items()}


def test_r40_1_the_acknowledgement_asks_for_exactly_what_is_missing(desk: StillDesk) -> None:
    entry = write(desk, "Since this morning the tills show error 17.")
    mail = desk.latest(NORA)
    assert (mail.purpose, asks(mail)) == ("acknowledgement", ["Steps to reproduce", "Stores"])
    view = desk.ticket(1001)
    assert (view["intake"]["complete"], view["intake"]["rounds"]) == (False, 1)
    assert view["intake"]["missing"] == ["steps_to_reproduce", "stores"]
    assert (view["status"], view["waiting_on"]) == ("new", "customer")
    assert view["sla"]["resolution"]["state"] == "paused"
    assert view["sla"]["first_response"]["state"] == "running"
    assert "the ticket came in" in notice(desk)
    trace = [(step["what"], step["why"]) for step in entry["trace"] if step["stage"] == "complete"]
    assert trace[:2] == [
        ("steps to reproduce: missing", "the mail says nothing of it"),
        ("stores: missing", "the mail says nothing of it"),
    ]
    assert trace[2][0] == "asked: steps to reproduce, stores"


def test_r40_2_answers_between_the_quoted_lines_are_all_that_it_takes(desk: StillDesk) -> None:
    write(desk, "Since this morning the tills show error 17.")
    said = {"Steps to reproduce": STEPS, "Stores": "Hull and York"}
    lines = []
    for line in desk.latest(NORA).text().splitlines():
        lines.append(f"> {line}".rstrip())
        label = _LABEL.fullmatch(line.strip())
        if label and label[1] in said:
            lines += ["", said[label[1]], ""]
    text = "On Mon, 23 Nov 2026 at 09:01, Desk Example Support wrote:\n" + "\n".join(lines)
    entry, ours = answer(desk, text, In_Reply_To=desk.latest(NORA).mail["Message-ID"])
    assert (entry["verdict"], ours) == ("appended", [])
    view = desk.ticket(1001)
    assert view["intake"]["complete"] is True
    assert {name: fact["value"] for name, fact in view["intake"]["fields"].items()} == {
        "steps_to_reproduce": STEPS, "stores": "Hull and York",
    }  # fmt: skip
    assert (view["status"], view["waiting_on"]) == ("accepted", None)
    assert view["sla"]["resolution"]["state"] == "running"
    assert 'Nora Wind answered "Steps to reproduce" and "Stores"; nothing is missing now' in notice(desk)


def test_r40_3_who_answers_one_is_asked_for_the_other_alone(desk: StillDesk) -> None:
    write(desk, "Since this morning the tills show error 17.")
    entry, [mail] = answer(desk, "Stores: Hull and York")
    assert (mail.purpose, mail.to, asks(mail)) == ("question", NORA, ["Steps to reproduce"])
    assert "Hull and York" in mail.text()
    assert mail.mail["In-Reply-To"] == "<w2@northwind.example>"
    assert mail.mail["Auto-Submitted"] in ("auto-replied", "auto-generated")
    view = desk.ticket(1001)
    assert (view["intake"]["rounds"], view["waiting_on"], view["status"]) == (2, "customer", "new")
    assert [event["detail"]["field"] for event in view["events"] if event["kind"] == "intake"] == ["stores"]
    assert 'answered "Stores"; still missing: Steps to reproduce' in notice(desk)
    assert "asked: steps to reproduce" in [step["what"] for step in entry["trace"]]
    _, ours = answer(desk, f"Steps to reproduce: {STEPS}")
    assert (ours, desk.ticket(1001)["intake"]["complete"], desk.ticket(1001)["status"]) == ([], True, "accepted")


def test_r40_4_after_two_rounds_a_person_has_it_with_the_gap_marked(desk: StillDesk) -> None:
    write(desk, "Since this morning the tills show error 17.")
    answer(desk, "Stores: Hull and York")
    _, ours = answer(desk, "Is there any news?")
    view = desk.ticket(1001)
    assert ours == []
    assert (view["intake"]["stage"], view["intake"]["missing"]) == ("handed", ["steps_to_reproduce"])
    assert view["waiting_on"] is None
    assert "intake-handed" in [event["kind"] for event in view["events"]]
    assert "Nora Wind wrote; still missing: Steps to reproduce; nothing more is asked by itself" in notice(desk)
    _, ours = answer(desk, f"Steps to reproduce: {STEPS}")  # late, and read all the same
    assert (ours, desk.ticket(1001)["intake"]["complete"]) == ([], True)


def test_r40_5_who_sent_a_picture_is_not_asked_for_one(desk: StillDesk) -> None:
    """Nor is anybody asked for it whom no requirement is about; an answer brings one that is."""
    body = (
        "--b\nContent-Type: text/plain; charset=utf-8\n\nStores: all of them\nSteps to reproduce: press Pay\n--b\n"
        "Content-Type: image/png; name=screen.png\nContent-Disposition: attachment; filename=screen.png\n"
        "Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--"
    )
    write(desk, body, Content_Type='multipart/mixed; boundary="b"')
    assert asks(desk.latest(NORA)) == []
    assert states(desk) == dict.fromkeys(("steps_to_reproduce", "stores", "screenshot"), "present")
    assert desk.ticket(1001)["intake"]["complete"] is True
    write(desk, "Stores: all of them\nSteps to reproduce: press Pay", OLGA)
    assert asks(desk.latest(OLGA)) == ["Screenshot"]


@pytest.mark.parametrize(
    "headers",
    [
        {"List_Id": "<tills.lists.example>", "List_Unsubscribe": "<mailto:x@lists.example>", "Precedence": "list"},
        {"Auto_Submitted": "auto-generated"},
        {"X_Auto_Response_Suppress": "All"},
        {"back": "<>"},
    ],
)
def test_r40_6_no_robot_and_no_list_is_asked(desk: StillDesk, headers: dict[str, Any]) -> None:
    entry = write(desk, "The tills show error 17.", **headers)
    assert (entry["verdict"], [sent for sent in desk.sent if sent.to == NORA]) == ("ticket-created", [])
    [view] = desk.tickets()
    assert (view["intake"]["rounds"], view["waiting_on"]) == (0, None)
    assert not any(step["what"].startswith("asked") for step in entry["trace"])


def test_r40_6_an_absence_note_answers_nothing_and_ends_no_waiting(desk: StillDesk) -> None:
    write(desk, "Since this morning the tills show error 17.")
    before = desk.ticket(1001)
    entry, ours = answer(
        desk,
        "I am out of office until Monday.\nStores: Hull",
        Auto_Submitted="auto-replied",
        back="<>",
        X_Autoreply="yes",
    )
    assert (entry["verdict"], ours) == ("auto-reply-recorded", [])
    view = desk.ticket(1001)
    assert (view["intake"], view["waiting_on"]) == (before["intake"], "customer")


def test_r40_6_what_a_program_sends_by_itself_answers_nothing(desk: StillDesk) -> None:
    write(desk, "Since this morning the tills show error 17.")
    before = desk.ticket(1001)["intake"]
    _, ours = answer(desk, "Stores: Hull", Auto_Submitted="auto-generated")
    assert (ours, desk.ticket(1001)["intake"]) == ([], before)


def test_r27_the_fields_of_a_support_ticket_are_read_where_they_are_named(still: StillDesk) -> None:
    """The demo's own: with all of them there is nothing to ask."""
    write(
        still, "Observed: the export stops at 40 percent\nExpected: a whole file\nSteps to reproduce: open Reports, "
        "press Export\nStarted at: yesterday 14:00\nAffected users: 25", subject="The export",
    )  # fmt: skip
    view = still.ticket(1001)
    assert (asks(still.latest(NORA)), view["intake"]["complete"], view["intake"]["rounds"]) == ([], True, 0)
    assert states(still) == dict.fromkeys(
        ("observed", "expected", "steps_to_reproduce", "started_at", "affected_users"), "present"
    )
    assert view["intake"]["fields"]["affected_users"]["value"] == "25"
    assert view["intake"]["fields"]["started_at"]["moment"] == "2026-11-22T14:00:00+01:00"


def test_r28_of_a_question_nothing_is_asked_but_its_text(still: StillDesk) -> None:
    write(still, "How do I change the language of the shop?", subject="A question")
    view = still.ticket(1001)
    assert (view["type"], asks(still.latest(NORA)), view["intake"]["missing"]) == ("question", [], [])
    assert view["waiting_on"] is None


def test_r40_two_people_answer_and_the_later_word_counts(desk: StillDesk) -> None:
    write(desk, "Since this morning the tills show error 17.", Cc=OLGA)
    answer(desk, "Stores: Hull and York", OLGA, to="support@desk.example", In_Reply_To="<w1@northwind.example>")
    assert desk.ticket(1001)["intake"]["fields"]["stores"]["by"] == OLGA
    _, ours = answer(desk, f"Stores: Hull alone\nSteps to reproduce: {STEPS}")
    view = desk.ticket(1001)
    assert ours == []
    assert view["intake"]["fields"]["stores"]["value"] == "Hull alone"
    [*_, corrected] = [
        event for event in view["events"] if event["kind"] == "intake" and event["detail"]["field"] == "stores"
    ]
    assert (corrected["actor"], corrected["detail"]["from"], corrected["detail"]["to"]) == (
        NORA, "Hull and York", "Hull alone",
    )  # fmt: skip
    assert view["intake"]["complete"] is True


def test_r40_a_stranger_answers_nothing(desk: StillDesk) -> None:
    """A Message-ID and a From are claims."""
    write(desk, "Since this morning the tills show error 17.")
    before = desk.ticket(1001)["intake"]
    ack = str(desk.latest(NORA).mail["Message-ID"])
    entry, ours = answer(desk, "Stores: none", proven=False, to="support@desk.example", In_Reply_To=ack)
    assert (entry["verdict"], entry["trust"], ours) == ("appended", "D", [])
    assert (desk.ticket(1001)["intake"], desk.ticket(1001)["waiting_on"]) == (before, "customer")
    assert any(step["what"] == "read for no answer" for step in entry["trace"])
    write(desk, "Stores: none", "mallory@evil.example", subject="Re: [DESK-1001] The tills", In_Reply_To=ack)
    assert desk.ticket(1001)["intake"] == before


def test_r40_the_secret_address_answers_from_another_one_of_theirs(desk: StillDesk) -> None:
    """It may say what is missing and changes nothing that is known; nobody is asked there."""
    write(desk, "Stores: Hull\n\nSince this morning the tills show error 17.")
    entry, ours = answer(desk, f"Steps to reproduce: {STEPS}\nStores: York", "nora@private.example", proven=False)
    assert (entry["verdict"], ours) == ("appended", [])
    fields = desk.ticket(1001)["intake"]["fields"]
    assert (fields["steps_to_reproduce"]["value"], fields["steps_to_reproduce"]["by"]) == (
        STEPS,
        "nora@private.example",
    )
    assert fields["stores"]["value"] == "Hull"
    assert desk.ticket(1001)["intake"]["complete"] is True


def test_r40_whom_nothing_proves_is_asked_and_gets_no_word_back(desk: StillDesk) -> None:
    write(desk, "Stores: Hull and York", "mallory@evil.example", proven=False)
    mail = desk.latest("mallory@evil.example")
    assert asks(mail) == ["Steps to reproduce"]
    assert "Hull" not in mail.text() + mail.text("html")


def test_r40_an_urgent_outage_reaches_a_person_while_questions_run(desk: StillDesk) -> None:
    write(desk, "All stores are down, nobody can sell anything. This is urgent, a complete outage!", subject="OUTAGE")
    desk.do("DESK-1001", "#priority 1 because all stores are down", "dominique")
    view = desk.ticket(1001)
    assert (view["priority"], view["waiting_on"]) == (1, None)
    assert view["intake"]["stage"] == "asking"
    assert desk.latest(TEAM, "notice")


def test_r40_what_is_secret_is_read_and_stands_nowhere(desk: StillDesk) -> None:
    entry = write(desk, "I cannot log in. My login fails, the password is refused.", subject="Login")
    assert asks(desk.latest(NORA)) == ["Vault code"]
    entry, [*_] = answer(desk, "Vault code: ZX-2026-77")
    view = desk.ticket(1001)
    assert (view["intake"]["complete"], states(desk)) == (True, {"vault_code": "present"})
    secret = "ZX-2026-77"
    assert secret not in json.dumps([view["intake"], view["events"], entry["trace"]])
    assert not any(secret in sent.text() for sent in desk.sent if sent.to == NORA)


def _kept(desk: StillDesk) -> str:
    """Everything that the desk shows of its ticket, and all that left towards Nora."""
    left = (sent.mail.as_string() + sent.text() for sent in desk.sent if sent.to == NORA)
    return json.dumps(desk.ticket(1001)) + "".join(left)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Vault code: ZX 2026 - 777", "777"),
        ("Vault code: hunter2xyz", "hunter2xyz"),
        (f"Vault code: {' '.join(f'word{at}' for at in range(300))}\n\nThanks", "word299"),
        ("\n".join(f"Vault code: ZX-2026-{at}" for at in range(71, 80)), "ZX-2026-79"),
        ("\n" * 410 + "Vault code: hunter2xyz", "hunter2xyz"),
    ],
    ids=["another form", "no form", "long", "many", "far below"],
)
@pytest.mark.parametrize("needed", [True, False])
def test_r40_what_stands_behind_a_secret_name_is_kept_and_quoted_nowhere(
    desk: StillDesk, text: str, secret: str, needed: bool
) -> None:
    matter = "My login fails, the password is refused." if needed else "Since this morning the tills show error 17."
    write(desk, f"{matter}\n\n{text}", subject="Login" if needed else "Tills")
    write(desk, "We look at it now.", TEAM, key(desk, TEAM), subject="Re: [DESK-1001]")
    assert "We look at it now." in desk.latest(NORA).text()
    assert "[in confidence]" in _kept(desk)
    assert secret not in _kept(desk)


def test_r40_a_secret_in_a_subject_and_in_a_machines_mail_is_kept_nowhere(desk: StillDesk) -> None:
    write(desk, "My login fails, the password is refused.", subject="Vault code: hunter2xyz")
    assert desk.ticket(1001)["subject"] == "Vault code: [in confidence]"
    write(desk, "Vault code: rabbit77", to=key(desk), subject="Re: [DESK-1001]", Auto_Submitted="auto-generated")
    assert len(desk.ticket(1001)["messages"]) >= 3
    assert "hunter2xyz" not in _kept(desk)
    assert "rabbit77" not in _kept(desk)


def test_r40_after_its_time_the_teams_notice_has_it_no_more(desk: StillDesk) -> None:
    write(desk, "My login fails, the password is refused.\n\nVault code: ZX-2026-77", subject="Login")
    assert "ZX-2026-77" in notice(desk)

    def written() -> str:
        with desk.store.look() as connection:
            rows = connection.execute(select(letters.c.letter, letters.c.rendered)).all()
        return repr([(row.letter, text_of(bytes(row.rendered)) if row.rendered else "") for row in rows])

    assert "ZX-2026-77" in written()
    desk.now += timedelta(days=31)
    desk.settle()
    assert "ZX-2026-77" not in written()
    assert any(event["kind"] == "forgotten" for event in desk.ticket(1001)["events"])


def test_r40_a_secret_that_is_not_needed_goes_in_its_time_as_well(desk: StillDesk) -> None:
    write(desk, "How do I change the paper? Vault code: ZX-2026-77", subject="Question about the paper")
    assert desk.ticket(1001)["intake"]["missing"] == []
    assert "ZX-2026-77" not in _kept(desk)
    answer(desk, "Vault code: ZX-2026-88. Thank you for the help.")
    assert "ZX-2026-88" not in _kept(desk)
    before = [event["kind"] for event in desk.ticket(1001)["events"]].count("forgotten")
    desk.now += timedelta(days=31)
    desk.settle()
    assert [event["kind"] for event in desk.ticket(1001)["events"]].count("forgotten") == before + 2
    with desk.store.look() as connection:
        rows = connection.execute(select(letters.c.letter, letters.c.rendered)).all()
    written = repr([(row.letter, text_of(bytes(row.rendered)) if row.rendered else "") for row in rows])
    assert "ZX-2026" not in written


@pytest.mark.parametrize(("word", "value"), [("No", "no"), ("b", "no"), ("YES", "yes"), ("a)", "yes")])
def test_r40_a_word_answers_a_closed_question_and_closes_nothing(desk: StillDesk, word: str, value: str) -> None:
    write(desk, "The search is very slow, it needs 40 seconds.", subject="Slow search")
    assert asks(desk.latest(NORA)) == ["All day"]
    entry, ours = answer(desk, word)
    view = desk.ticket(1001)
    assert (entry["verdict"], ours, view["status"]) == ("appended", [], "accepted")
    assert (view["intake"]["fields"]["all_day"]["value"], view["intake"]["complete"]) == (value, True)


def test_r40_closed_without_an_answer_a_reply_opens_it_and_is_asked_the_rest(desk: StillDesk) -> None:
    write(desk, "Since this morning the tills show error 17.")
    to = key(desk)
    while not desk.ticket(1001)["closed_as"] and desk.now < START + timedelta(days=40):
        desk.now += timedelta(days=1)
        desk.settle()
    assert (desk.ticket(1001)["status"], desk.ticket(1001)["closed_as"]) == ("closed", "no_answer")
    entry, [mail] = answer(desk, "Stores: Hull, sorry for being late", to=to)
    assert (entry["verdict"], asks(mail)) == ("reopened", ["Steps to reproduce"])
    _, ours = answer(desk, f"Steps to reproduce: {STEPS}")
    assert (ours, desk.ticket(1001)["intake"]["complete"]) == ([], True)


def test_r40_without_room_in_the_budget_nothing_is_claimed_to_be_asked(desk: StillDesk) -> None:
    for number in range(4):
        entry = write(
            desk, f"Till {number} shows error 17.", "mallory@evil.example", proven=False, subject=f"Till {number}"
        )
    view = desk.ticket(1004)
    assert (view["intake"]["rounds"], view["waiting_on"], view["intake"]["complete"]) == (0, None, False)
    assert ("nothing is asked", "no more than 2 automatic mails in an hour to an address that nothing proves") in [
        (step["what"], step["why"]) for step in entry["trace"]
    ]


def test_r40_a_replay_asks_nobody_again(desk: StillDesk) -> None:
    first = write(desk, "Since this morning the tills show error 17.")
    answer(desk, "Stores: Hull and York")
    before, view = len(desk.sent), desk.ticket(1001)
    for number in (first["id"], first["id"] + 1):
        desk.replay(number)
    assert len(desk.sent) == before
    after = desk.ticket(1001)
    assert (after["intake"], after["waiting_on"]) == (view["intake"], view["waiting_on"])


def test_r40_explain_says_what_happened(desk: StillDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each mail, when the others have come as well: the same facts for the same reasons, the same questions."""
    historian = Historian(desk, monkeypatch)
    mails = [
        write(desk, "Since this morning the tills show error 17."),
        answer(desk, "Stores: Hull and York")[0],
        answer(desk, f"Steps to reproduce: {STEPS}\nStores: Hull alone")[0],
    ]
    assert list(historian.decided) == [entry["id"] for entry in mails]
    for number, decided in historian.decided.items():
        would = historian.explain(number).decision
        assert [step for step in would.trace if step.stage == "complete"]
        assert would.trace == decided.trace
        assert [plain(effect) for effect in would.effects] == [plain(effect) for effect in decided.effects]


def test_r40_what_a_colleague_begins_is_read_and_nothing_is_asked(desk: StillDesk) -> None:
    """The customer's words in a forward say what they say; whether to ask is the colleague's to decide."""
    text = (
        "\n---------- Forwarded message ---------\nFrom: Nora Wind <nora@northwind.example>\n"
        "Date: Mon, 23 Nov 2026 at 08:12\nSubject: The tills\nTo: Anastasia Winter <anastasia@desk.example>\n\n"
        "The tills show error 17.\nStores: Hull and York\n"
    )
    write(desk, text, TEAM, subject="Fwd: The tills")
    box = str(desk.latest(TEAM, "confirmation").mail["Reply-To"].addresses[0].addr_spec)
    write(desk, "YES", TEAM, box, subject="Re: Is this mail yours?")
    view = desk.ticket(1001)
    assert (view["intake"]["missing"], view["intake"]["rounds"]) == (["steps_to_reproduce"], 0)
    assert view["intake"]["fields"]["stores"]["value"] == "Hull and York"
    assert view["intake"]["fields"]["stores"]["by"] == NORA
    assert (view["waiting_on"], [sent for sent in desk.sent if sent.to == NORA]) == (None, [])


def test_r40_an_answer_to_a_ticket_that_one_of_us_answered_fills_and_asks_nothing(desk: StillDesk) -> None:
    write(desk, "Since this morning the tills show error 17.")
    write(desk, "We look at it.", TEAM, str(desk.latest(TEAM, "notice").mail["Reply-To"].addresses[0].addr_spec))
    assert desk.ticket(1001)["intake"]["stage"] == "stopped"
    entry, ours = answer(desk, "Stores: Hull and York")
    view = desk.ticket(1001)
    assert (entry["verdict"], ours) == ("appended", [])
    assert (view["intake"]["missing"], view["intake"]["rounds"]) == (["steps_to_reproduce"], 1)
    assert ("nothing is asked", "one of us speaks with the customer") in [
        (step["what"], step["why"]) for step in entry["trace"]
    ]


def test_r40_a_secret_in_a_forward_that_joins_a_ticket_is_kept_nowhere(desk: StillDesk) -> None:
    write(desk, "Since this morning the tills show error 17.")
    text = (
        "\n---------- Forwarded message ---------\nFrom: Nora Wind <nora@northwind.example>\n"
        "Date: Mon, 23 Nov 2026 at 08:12\nSubject: [DESK-1001] The tills\nTo: Anastasia <anastasia@desk.example>\n\n"
        "Vault code: hunter2xyz\nIt shows error 17.\n"
    )
    write(desk, text, TEAM, subject="Fwd: [DESK-1001] The tills")
    view = desk.ticket(1001)
    assert any("It shows error 17" in str(message["forwarded"]) for message in view["messages"])
    assert "hunter2xyz" not in json.dumps(view)
