"""R40 of `ops`: what is sensitive is read by the team once, and stands in nothing that a ticket keeps."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import select

from store.tables import tickets
from tests.acceptance.test_intake import NORA, TEAM, answer, asks, desk, key, notice, write
from tests.desk import StillDesk

__all__ = ["desk"]
SECRET, MASK = "ZX-2026-77", "[in confidence]"


def shows(desk: StillDesk, number: int = 1001) -> str:
    """All that `ticket show` has of it, and by what it is found again."""
    return json.dumps([desk.ticket(number), gist(desk, number)])


def gist(desk: StillDesk, number: int = 1001) -> str:
    with desk.store.look() as connection:
        return str(connection.execute(select(tickets.c.gist).where(tickets.c.id == number)).scalar_one())


def test_r40_what_is_sensitive_is_quoted_to_nobody_later(desk: StillDesk) -> None:
    write(desk, "I cannot log in. My login fails, the password is refused.", subject="Login")
    assert asks(desk.latest(NORA)) == ["Vault code"]
    answer(desk, f"Vault code: {SECRET}\n\nThe page is blue.")
    assert SECRET in notice(desk)  # the team must be able to use it
    ours = str(desk.latest(TEAM, "notice").mail["Reply-To"].addresses[0].addr_spec)
    desk.now += timedelta(days=1)
    write(desk, "Thank you, we look into it.", TEAM, ours, subject="Re: [DESK-1001] Login")
    mail = desk.latest(NORA, "")
    assert "we look into it" in mail.text()
    assert f"> Vault code: {MASK}" in mail.text()
    assert "> The page is blue." in mail.text()
    assert not any(SECRET in sent.text() + sent.text("html") for sent in desk.sent if sent.to == NORA)
    write(desk, "And now?", NORA, key(desk), subject="Re: [DESK-1001] Login")
    assert SECRET not in notice(desk)  # what came before is shown as it was kept
    assert SECRET not in shows(desk)


def test_r40_a_ticket_that_opens_with_it_is_called_and_found_by_other_words(desk: StillDesk) -> None:
    text = f"I cannot log in. My login fails, the password is refused.\n\nVault code: {SECRET}"
    write(desk, text, subject=f"Login fails with {SECRET}")
    assert SECRET in notice(desk)
    view, found = desk.ticket(1001), gist(desk)
    assert view["intake"]["fields"]["vault_code"]["state"] == "present"
    assert view["subject"] == f"Login fails with {MASK}"
    assert found.split()[:3] == ["login", "fails", "passwor"]  # nor is the mask a word of it
    assert SECRET not in shows(desk)
    assert SECRET not in str(desk.latest(NORA).mail["Subject"])


def test_r40_the_first_words_as_a_subject_are_cut_after_it_is_taken_out(desk: StillDesk) -> None:
    write(desk, f"My login fails, the password is refused: Vault code: {SECRET}", subject="")
    assert "ZX-2" not in shows(desk)
    assert "ZX-2" not in str(desk.latest(NORA).mail["Subject"])


def test_r40_a_ticket_begun_for_a_customer_keeps_none_of_it(desk: StillDesk) -> None:
    write(desk, "The tills show error 17.")
    commands = desk.commands_of(desk.latest(TEAM, ""))
    words = f"#for olga@northwind.example\n\nHer login fails, the password is refused.\n\nVault code: {SECRET}"
    write(desk, words, TEAM, commands, subject=f"She phoned about {SECRET}")
    view = desk.ticket(1002)
    assert view["intake"]["fields"]["vault_code"]["state"] == "present"
    assert view["subject"] == f"She phoned about {MASK}"
    assert f"Vault code: {MASK}" in view["messages"][0]["text"]
    assert SECRET not in shows(desk, 1002)
