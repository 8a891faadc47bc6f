"""What our own people get: R04, R15, R18, R45, R48, and that it all threads, keeps inside what is inside, and carries
its files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from store import people
from tests.desk import Sent, StillDesk
from tests.threading import conversations

NORA, OLGA = "nora@northwind.example", "olga@northwind.example"
STAFF = "Authentication-Results: mx.desk.example; dmarc=pass header.from=desk.example\n"
OUTSIDE = "Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example\n"
TO_US = {"notice", "warning", "reminder", "handoff"}


def writes(still: StillDesk, words: str = "The search takes twenty seconds.", **how: str) -> str:
    """A customer's mail; the reference of its ticket."""
    author, number = how.get("author", NORA), len(still.sent) + 1
    name = author.partition("@")[0].capitalize()
    answers = f"In-Reply-To: {how['answers']}\n" if "answers" in how else ""
    found = still.mail(
        f"{OUTSIDE}From: {name} Wind <{author}>\nTo: support@desk.example\n"
        f"Subject: {how.get('subject', 'Search is slow')}\n"
        f"Message-ID: <c{number}@northwind.example>\n{answers}\n{words}\n",
        author,
        how.get("to", "support@desk.example"),
    )
    assert found["ticket"], found
    return str(found["ticket"])


def answers(still: StillDesk, sent: Sent, words: str, to: str = "") -> dict[str, object]:
    """One of us answers a mail of ours from the mail program."""
    mail, number = sent.mail, len(still.sent) + 1
    address = to or str(mail["Reply-To"])
    return still.mail(
        f"{STAFF}From: <{sent.to}>\nTo: {address}\nSubject: Re: {mail['Subject']}\n"
        f"Message-ID: <s{number}@desk.example>\n"
        f"In-Reply-To: {mail['Message-ID']}\n\n{words}\n",
        sent.to,
        address,
    )


def to_us(still: StillDesk) -> list[Sent]:
    return [sent for sent in still.sent if sent.purpose in TO_US]


def last(still: StillDesk, name: str, purpose: str = "notice") -> Sent:
    return [sent for sent in still.sent if sent.to == f"{name}@desk.example" and sent.purpose == purpose][-1]


def told(sents: Iterable[Sent]) -> list[str]:
    return [sent.to.partition("@")[0] for sent in sents]


# The four questions


def _bare(html: str) -> str:
    """The HTML as it reads: a reference stands in a span that nothing breaks."""
    return re.sub(r'<span class="ref">([^<]*)</span>', r"\1", html).replace("&middot;", "·")


def test_r04_every_mail_to_one_of_us_says_who_what_priority_and_what_was_before(still: StillDesk) -> None:
    writes(still)
    answers(still, last(still, "anastasia"), "#assign anastasia\n#remind 30m call her\n#priority 2 because she waits\n")
    answers(still, last(still, "dominique"), "#note\nThe carrier has been asked.")
    still.now += timedelta(hours=2)
    still.settle()
    still.now += timedelta(hours=3)
    still.settle()
    found = to_us(still)
    assert {"notice", "warning", "reminder"} <= {sent.purpose for sent in found}
    later = found[2:]  # the first two told of the first mail
    for sent in found:
        for text in (sent.text(), _bare(sent.text("html"))):
            assert re.search(r"DESK-1001 · \w+ · P[1-5] · ", text), text
            assert "Owner:" in text
            assert "Changed:" in text
    for sent in later:
        assert "Before" in sent.text()
        assert "The search takes twenty seconds." in sent.text()
    assert "Owner: anastasia" in last(still, "anastasia", "reminder").text()


def test_r04_the_last_change_is_the_last_one(still: StillDesk) -> None:
    writes(still)
    answers(still, last(still, "anastasia"), "#remind 30m call her\n")
    answers(still, last(still, "dominique"), "#note\nThe carrier has been asked.")
    still.now += timedelta(minutes=31)
    still.settle()
    assert "Changed: Dominique" in last(still, "anastasia", "reminder").text()
    assert "wrote a note, Mon 9:00" in last(still, "anastasia", "reminder").text()


# What was before


def test_r15_the_second_tickets_notification_lists_the_first(still: StillDesk) -> None:
    first = writes(still, subject="The export stops")
    still.now += timedelta(minutes=5)
    writes(still, subject="Invoice 17", words="It has the wrong address on it.")
    text = last(still, "anastasia").text()
    assert "1 earlier ticket, 1 open" in text
    assert f"Earlier from Nora\n  {first} · new · The export stops\n" in text
    assert f"{first} &middot; new &middot; The export stops" in last(still, "anastasia").text("html")


def test_r15_two_in_one_batch_know_of_each_other(still: StillDesk) -> None:
    for number in (1, 2):
        still.receive(
            f"{OUTSIDE}From: {NORA}\nTo: support@desk.example\nSubject: Case {number}\n"
            f"Message-ID: <b{number}@n>\n\nWords.\n",
            NORA,
        )
    still.settle()
    assert "DESK-1001 · new · Case 1" in last(still, "anastasia").text()


def test_r15_others_of_the_same_house_are_listed_and_a_providers_strangers_are_not(still: StillDesk) -> None:
    first = writes(still, author=OLGA, subject="The export stops")
    writes(still)
    text = last(still, "anastasia").text()
    assert "Others of Northwind: 1 earlier, 1 open" in text
    assert f"  {first} · new · The export stops" in text
    still.mail("From: a@mail.example\nSubject: One\nMessage-ID: <1@m>\n\nWords.\n", "a@mail.example")
    still.mail("From: b@mail.example\nSubject: Two\nMessage-ID: <2@m>\n\nWords.\n", "b@mail.example")
    assert "Others of" not in last(still, "anastasia").text()


def test_r15_open_ones_come_first_and_five_are_shown(still: StillDesk) -> None:
    refs = [writes(still, subject=f"Case {number}") for number in range(1, 8)]
    answers(
        still,
        [s for s in still.sent if s.to.startswith("dominique") and "Case 7" in s.mail["Subject"]][-1],
        "#topic Usage\n#accept\n#start\n#resolve done\n",
    )
    writes(still, subject="Case 8")
    shown = re.findall(r"^  (DESK-\d+) · ", last(still, "dominique").text().partition("Earlier from")[2], re.MULTILINE)
    assert shown == refs[1:6][::-1]


def test_r15_what_was_solved_in_like_words_comes_with_its_outcome(still: StillDesk) -> None:
    words = "The search of boots takes twenty seconds since the index moved to the warehouse server."
    ref = writes(still, words=words)
    answers(still, last(still, "dominique"), "#accept\n#start\n#resolve the index was rebuilt\n")
    writes(
        still, author=OLGA, words="Since the warehouse server was changed our search is slow, it takes twenty seconds."
    )
    assert (
        f"Solved before, in like words\n  {ref} · Search is slow: the index was rebuilt"
        in last(still, "anastasia").text()
    )
    writes(still, author=OLGA, subject="Search is slow", words="Slow. Please help.")
    assert "Solved before" not in last(still, "anastasia").text()


def test_r15_nobody_outside_learns_of_earlier_tickets(still: StillDesk) -> None:
    writes(still, author=OLGA, subject="Canary of Olga")
    writes(still)
    assert not [s for s in still.sent if s.to == NORA and "Canary" in s.raw.decode()]


# Only those concerned


def test_r18_who_is_in_the_team_is_told_once_and_who_is_not_is_not(still: StillDesk) -> None:
    writes(still)
    names = told(to_us(still))
    assert names.count("anastasia") == 1
    assert "benedikt" not in names
    assert "charlotte" not in names


def set_notices(still: StillDesk, name: str, how: str) -> None:
    """As `#notices` sets it; a first mail to them has made them known."""
    with still.store.turn() as connection:
        people.set_notices(connection, f"{name}@desk.example", how)


@pytest.mark.parametrize("how", ["digest", "mute"])
def test_r18_who_wants_no_mail_of_each_gets_none_but_of_what_is_theirs(still: StillDesk, how: str) -> None:
    writes(still)
    set_notices(still, "anastasia", how)
    ref = writes(still, subject="Another one")
    assert "Another one" not in str(last(still, "anastasia").mail["Subject"])
    step = next(s for s in still.entry(len(still.entries()))["trace"] if s["what"] == "not told at once")
    assert "anastasia: " in step["why"]
    answers(still, last(still, "dominique"), "#assign anastasia\n")
    assert ref in str(last(still, "anastasia").mail["Subject"])
    before = len([s for s in to_us(still) if s.to.startswith("anastasia")])
    writes(still, words="Still slow.", subject=f"Re: [{ref}] Another one")
    assert len([s for s in to_us(still) if s.to.startswith("anastasia")]) == before + 1


def test_r18_who_is_away_gets_none_and_where_nobody_is_there_the_lead_does(still: StillDesk) -> None:
    writes(still)
    with still.store.turn() as connection:
        for name in ("anastasia", "dominique"):
            people.set_away(connection, f"{name}@desk.example", still.now + timedelta(days=3))
    count = len(still.sent)
    writes(still, subject="Nobody is there")
    assert told(s for s in still.sent[count:] if s.purpose == "notice") == ["dominique"]


# Who is brought in


def test_r45_a_specialist_gets_the_problem_and_what_was_tried(still: StillDesk) -> None:
    writes(still, words="Search takes twenty seconds since Friday, for all 25 of us.")
    answers(still, last(still, "anastasia"), "#note\nRestarted the search service; no change.")
    answers(still, last(still, "dominique"), "#with network\n")
    text = last(still, "benedikt").text()
    assert "The problem, as Nora wrote it:\nSearch takes twenty seconds since Friday, for all 25 of us." in text
    assert "Restarted the search service; no change." in text
    html = last(still, "benedikt").text("html")
    assert "Search takes twenty seconds since Friday" in html
    assert "Restarted the search service" in html


# Inside stays inside (FreeScout 2261)


def test_a_reply_to_a_note_stays_inside(still: StillDesk) -> None:
    writes(still)
    answers(still, last(still, "anastasia"), "#note\nShe is difficult.")
    notice = last(still, "dominique")
    count = len(still.sent)
    found = answers(still, notice, "She always was.")
    assert found["verdict"] == "appended"
    assert not [s for s in still.sent[count:] if s.to == NORA]
    public = next(line for line in notice.text().splitlines() if line.startswith("support+k"))
    assert public != str(notice.mail["Reply-To"])
    assert f'href="mailto:{public}?subject=Re%3A%20' in notice.text("html")
    answers(still, notice, "Dear Nora, we look into it.", to=public)
    assert [s for s in still.sent[count:] if s.to == NORA and s.purpose == "answer"]


def test_a_reply_to_a_note_that_also_resolves_stays_inside(still: StillDesk) -> None:
    writes(still)
    answers(still, last(still, "anastasia"), "#accept\n#start\n#resolve rebuilt\n#note\nShe will complain.")
    notice = last(still, "dominique")
    assert "She will complain." in notice.text()
    count = len(still.sent)
    answers(still, notice, "Let her.")
    assert not [s for s in still.sent[count:] if s.to == NORA]


# Threads


def test_all_notices_of_a_ticket_are_one_conversation_in_every_client(still: StillDesk) -> None:
    refs = [writes(still), writes(still, author=OLGA)]  # the same subject
    writes(still, words="Any news?", subject=f"Re: [{refs[0]}] Search is slow")
    answers(still, last(still, "dominique"), "#note\nNot yet.")
    answers(still, last(still, "anastasia"), "#remind 30m look\n")
    still.now += timedelta(hours=5)
    still.settle()
    for name in ("anastasia", "dominique"):
        mails = [s.mail for s in still.sent if s.to.startswith(name)]
        for client in ("jwz", "gmail", "outlook"):
            found = conversations(client, mails)
            assert sorted({tuple(sorted({_ref(mail) for mail in one})) for one in found}) == [(ref,) for ref in refs]
            assert len(found) == 2, client


def test_r48_all_mails_to_a_customer_share_root_and_tag(still: StillDesk) -> None:
    ref = writes(still)
    answers(still, last(still, "anastasia"), "Which browser?")
    writes(still, words="STATUS", subject=f"Re: [{ref}] Search is slow", answers=str(_theirs(still)[-1]["Message-ID"]))
    writes(
        still, words="Firefox.", subject=f"Re: [{ref}] Search is slow", answers=str(_theirs(still)[-1]["Message-ID"])
    )
    answers(still, last(still, "anastasia"), "#resolve the index was rebuilt\n")
    mails = _theirs(still)
    assert {s.purpose for s in still.sent if s.to == NORA} >= {"acknowledgement", "answer", "status", "resolved"}
    assert {f"[{ref}]" in str(mail["Subject"]) for mail in mails} == {True}
    assert len({str(mail["From"]) for mail in mails}) == 1
    for client in ("jwz", "gmail", "outlook"):
        assert len(conversations(client, mails)) == 1, client
    roots = {str(mail["References"]).split()[0] for mail in mails}
    assert len(roots) == 1, roots


def _theirs(still: StillDesk) -> list[EmailMessage]:
    return [s.mail for s in still.sent if s.to == NORA]


def _ref(mail: EmailMessage) -> str:
    return re.findall(r"DESK-\d+", str(mail["Subject"]))[0]


# Files


def attached(files: Sequence[tuple[str, str, bytes]]) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Nora Wind <{NORA}>", "support@desk.example", "Files"
    mail["Message-ID"] = "<files@northwind.example>"
    mail.set_content("See the files.")
    for name, kind, content in files:
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail


@pytest.fixture
def tight(tmp_path: Path, template: Path) -> Iterator[StillDesk]:
    """A desk whose notices carry a tenth of a megabyte."""
    with closing(StillDesk(tmp_path / "tight", template, {"REPLYDESK_NOTICES__ATTACH_MB": "0.1"})) as desk:
        yield desk


def test_files_go_along_within_a_limit_and_never_what_may_do_harm(tight: StillDesk) -> None:
    still = tight
    files = [
        ("screen.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"1" * 100),
        ("video.mp4", "video/mp4", b"2" * 100_001),
        ("invoice.pdf.exe", "application/pdf", b"MZ3"),
        ("page.html", "text/html", b"<p>4"),
        ("small.txt", "text/plain", b"five"),
    ]
    still.mail(attached(files).as_bytes().replace(b"\n", b"\r\n"), NORA)
    notice = last(still, "anastasia")
    assert [part.get_filename() for part in notice.mail.iter_attachments()] == ["screen.png", "small.txt"]
    links = re.findall(r"^http://127\.0\.0\.1:8080/file/[0-9a-z-]+$", notice.text(), re.MULTILINE)
    assert len(links) == 3
    assert all(link in notice.text("html") for link in links)
    other = last(still, "dominique")
    assert not set(links) & set(re.findall(r"http://\S+", other.text()))
    assert NORA not in {s.to for s in still.sent if "/file/" in s.raw.decode("ascii", "replace")}
