"""However answers come in, an attendee's word is the newest one about the time that stands, and nothing else moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from scheduling.itip import Answer, Invite, Meaning, read
from tests.servers.requirement import is_long

SENT = datetime(2026, 3, 20, 8, 15, tzinfo=UTC)
NOW = SENT + timedelta(days=3)
NORA = "nora@northwind.example"
UID = "3f0c9a7e@desk.example"
PARTSTATS = {
    "ACCEPTED": Meaning.ACCEPT,
    "TENTATIVE": Meaning.TENTATIVE,
    "DECLINED": Meaning.DECLINE,
    "DELEGATED": Meaning.DELEGATE,
}
DONE = frozenset(PARTSTATS.values())
"""What changes the word of an attendee."""
moments = st.integers(0, 60 * 24 * 4).map(lambda minutes: SENT + timedelta(minutes=minutes))
invites = st.builds(
    lambda moved, later: Invite(uid=UID, attendee=NORA, sequence=moved + later, dtstamp=SENT, moved=moved),
    st.integers(0, 3),
    st.integers(0, 3),
)


def reply(sequence: int, dtstamp: datetime | None, partstat: str) -> Answer:
    return Answer(
        method="REPLY",
        uid=UID,
        sequence=sequence,
        dtstamp=dtstamp,
        attendee=NORA,
        partstat=partstat,
        author=NORA,
        delegated_to="otto@northwind.example",
    )


replies = st.lists(
    st.builds(reply, st.integers(0, 7), moments, st.sampled_from(sorted(PARTSTATS))),
    max_size=8,
    unique_by=lambda answer: (answer.sequence, answer.dtstamp),
)


def after(invite: Invite, answers: list[Answer]) -> Invite:
    for answer in answers:
        heard = read(answer, invite, NOW)
        assert heard.invite is not None
        invite = heard.invite
    return invite


@given(invites, replies, st.data())
def test_in_any_order_the_newest_answer_about_the_time_that_stands_is_their_word(
    invite: Invite, answers: list[Answer], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(answers), max_size=4)) if answers else []
    came = data.draw(st.permutations([*answers, *again]))
    fitting = [answer for answer in answers if invite.moved <= answer.sequence <= invite.sequence]
    newest = max(fitting, key=lambda answer: (answer.sequence, answer.dtstamp or SENT), default=None)
    assert after(invite, list(came)).partstat == (newest.partstat if newest else "NEEDS-ACTION")


@given(invites, replies)
def test_what_came_before_changes_nothing_when_it_comes_again(invite: Invite, answers: list[Answer]) -> None:
    known = after(invite, answers)
    for answer in answers:
        heard = read(answer, known, NOW)
        assert heard.invite == known
        assert heard.meaning not in DONE | {Meaning.OLD_DECLINE, Meaning.COUNTER}


words = st.one_of(st.sampled_from(["", UID, NORA, "REPLY", "CANCEL", "COUNTER", "REFRESH", *PARTSTATS]), st.text())
anything = st.builds(
    Answer,
    method=words,
    uid=st.one_of(st.just(UID), words),
    sequence=st.integers(-5, 1 << 31),
    dtstamp=st.one_of(st.none(), moments, st.datetimes(timezones=st.just(UTC))),
    attendee=words,
    partstat=words,
    author=st.one_of(st.just(NORA), words),
    start=st.one_of(st.none(), moments),
    others=st.lists(words, max_size=3).map(tuple),
    delegated_to=words,
    sent_by=words,
    has_sequence=st.booleans(),
)


@given(invites, st.lists(anything, max_size=6))
def test_nothing_that_somebody_sends_moves_more_than_their_word(invite: Invite, answers: list[Answer]) -> None:
    for answer in answers:
        heard = read(answer, invite, NOW)
        assert heard.invite is not None and heard.why
        noted = heard.invite
        assert replace(noted, partstat="", reply_sequence=0, reply_dtstamp=None) == replace(
            invite, partstat="", reply_sequence=0, reply_dtstamp=None
        )
        assert (noted.partstat != invite.partstat) <= (heard.meaning in DONE)
        assert noted.reply_sequence <= invite.sequence
        assert noted.reply_dtstamp is None or noted.reply_dtstamp <= NOW + timedelta(hours=24)
        if heard.meaning in DONE:
            assert invite.moved <= answer.sequence <= invite.sequence
            assert heard.direct or answer.author.strip().lower() == answer.sent_by.strip().lower()
        invite = noted


class Correspondence(RuleBasedStateMachine):
    """An organizer who moves, edits and cancels; an attendee whose answers are under way for any time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = SENT
        self.invite = Invite(uid=UID, attendee=NORA, sequence=0, dtstamp=SENT, moved=0)
        self.seen = [0]
        """The revisions that have arrived."""
        self.travelling: list[Answer] = []
        self.delivered: list[Answer] = []
        self.word = "NEEDS-ACTION"
        """What the attendee said last of those answers that have arrived, about the time that stands."""

    @rule(minutes=st.integers(1, 3_000))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: not self.invite.cancelled)
    @rule(moves=st.booleans())
    def send_again(self, moves: bool) -> None:
        """A change of time raises the sequence; of something else it may."""
        sequence = self.invite.sequence + 1
        self.invite = replace(self.invite, sequence=sequence, dtstamp=self.now)
        if moves:
            self.invite = replace(self.invite, moved=sequence, partstat="NEEDS-ACTION")
            self.word = "NEEDS-ACTION"
        self.seen.append(sequence)

    @precondition(lambda self: not self.invite.cancelled)
    @rule()
    def cancel(self) -> None:
        self.invite = replace(self.invite, sequence=self.invite.sequence + 1, cancelled=True)
        self.word = self.invite.partstat

    @rule(partstat=st.sampled_from(sorted(PARTSTATS)), data=st.data())
    def answer(self, partstat: str, data: st.DataObject) -> None:
        """They answer what they have, which need not be the newest."""
        self.now += timedelta(minutes=1)
        self.travelling.append(reply(data.draw(st.sampled_from(self.seen)), self.now, partstat))

    @precondition(lambda self: self.travelling)
    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        answer = data.draw(st.sampled_from(self.travelling))
        self.travelling.remove(answer)
        self._hear(answer)
        self.delivered.append(answer)

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def arrive_again(self, data: st.DataObject) -> None:
        before = self.invite
        self._hear(data.draw(st.sampled_from(self.delivered)))
        assert self.invite == before

    def _hear(self, answer: Answer) -> None:
        heard = read(answer, self.invite, self.now)
        newest = all(
            (one.sequence, one.dtstamp or SENT) < (answer.sequence, answer.dtstamp or SENT) for one in self.delivered
        )
        counts = newest and answer.sequence >= self.invite.moved and not self.invite.cancelled
        assert (heard.meaning in DONE) is counts
        if counts:
            self.word = answer.partstat
        assert heard.invite is not None
        self.invite = heard.invite

    @invariant()
    def their_word_is_the_newest_that_counts(self) -> None:
        assert self.invite.partstat == self.word


TestCorrespondence = Correspondence.TestCase
TestCorrespondence.settings = settings(max_examples=1_000 if is_long() else 60, stateful_step_count=40, deadline=None)
