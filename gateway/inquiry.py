"""The inquiry: mails that wait for our own look at who sent them, and the verifier that looks.

In: read mails that nothing else can prove. Out: the same mails with what was found, those of one author in their order.
It never waits, and no mail waits longer than `PATIENCE`: a verifier that dies, hangs or talks nonsense costs evidence
(`unknown`), never a mail.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from gateway.channel import ChannelClosed
from gateway.evidence import OURS
from gateway.reader import Raw, Ready
from gateway.verifier import LANES, WORDS, Found, Question, VerifierOptions
from gateway.worker import Worker
from parsing.message import AuthMethod, AuthResults, ParsedMail
from store.records import Entry

PATIENCE = 10.0
"""Seconds that a mail waits for its evidence at most, all told."""
TRIES = 2
METHODS = 20
CHARACTERS = 300

log = logging.getLogger(__name__)

Answered = tuple[int, ParsedMail, AuthResults]


@dataclass(slots=True)
class _Waiting:
    """One mail: until when (monotonic seconds), how often a verifier died over it, its evidence when it is there."""

    mail: ParsedMail
    question: Question
    until: float
    tries: int = 0
    found: AuthResults | None = None


class Inquiry:
    """What waits, and what the verifier has in hand. Mails of one author leave in the order in which they came."""

    def __init__(self, options: VerifierOptions, monotonic: Callable[[], float]) -> None:
        self.worker = Worker("verifier", options, classes=WORDS)
        self._monotonic = monotonic
        self._waiting: dict[int, _Waiting] = {}
        self._authors: dict[str, deque[int]] = {}
        self._unasked: deque[int] = deque()
        self._suspects: deque[int] = deque()
        self._in_hand: dict[int, float] = {}
        self._alone = False
        self._answered: list[int] = []

    def take(self, entry: Entry, mail: ParsedMail, raw: Raw, client: str) -> None:
        """A mail that needs a look. `client` is empty where a hop of ours brought it."""
        assert mail.from_ is not None
        envelope = entry.envelope
        question = Question(
            id=raw.id,
            content=raw.content,
            path=raw.path,
            client=client,
            hello=envelope.hello,
            sender=envelope.sender,
            author=mail.from_.address,
            received_at=int(envelope.received_at.timestamp()),
        )
        self._waiting[raw.id] = _Waiting(mail, question, self._monotonic() + PATIENCE)
        self._authors.setdefault(question.author.lower(), deque()).append(raw.id)
        self._unasked.append(raw.id)
        self._ask()

    def heard(self) -> list[Answered]:
        """The verifier has something to say, or died; the mails that need not wait any longer."""
        try:
            messages = self.worker.channel.receive()
        except ChannelClosed:
            self._died(self.worker.kill())
            return self._leaving()
        for message in messages:
            if not self._take_word(message):
                log.error("the verifier said what makes no sense: it was taken over by a mail, or is broken")
                self._died(self.worker.kill())
                return self._leaving()
        self._ask()
        return self._leaving()

    def overdue(self) -> list[Answered]:
        """The mails whose time is over. A verifier that has had one in hand for longer than any may take is killed."""
        now = self._monotonic()
        for number in [number for number, one in self._waiting.items() if one.found is None and one.until <= now]:
            self._give_up(number, "no answer in time")
        if any(now - since > PATIENCE for since in self._in_hand.values()):
            self._died(f"no answer within {PATIENCE:.0f} s ({self.worker.kill()})")
        self._ask()
        return self._leaving()

    def _take_word(self, message: object) -> bool:
        """Note what the verifier says; False when it is nothing that it says now."""
        match message:
            case Ready():
                self._in_hand = dict.fromkeys(self._in_hand, self._monotonic())  # until now it was starting
            case Found(number, results) if number in self._in_hand and _is_sound(results):
                del self._in_hand[number]
                self._answer(number, results)
            case _:
                return False
        return True

    def _ask(self) -> None:
        """Hand over as many as there are lanes; those that a verifier died over one by one, so that the guilty one is
        found."""
        questions = []
        while self.worker.pid and (self._suspects or self._unasked):
            alone = bool(self._suspects)
            if len(self._in_hand) >= LANES or (self._in_hand and (alone or self._alone)):
                break
            number = (self._suspects or self._unasked).popleft()
            one = self._waiting.get(number)
            if one is not None and one.found is None:
                self._alone = alone
                self._in_hand[number] = self._monotonic()
                questions.append(one.question)
        if questions:
            self.worker.channel.send(questions)

    def _died(self, how: str) -> None:
        """Those in hand are asked once more, each alone."""
        log.warning("the verifier died with %s mails in hand: %s", len(self._in_hand), how)
        held, self._in_hand, self._alone = list(self._in_hand), {}, False
        for number in held:
            one = self._waiting.get(number)
            if one is None or one.found is not None:
                continue
            one.tries += 1
            if one.tries < TRIES:
                self._suspects.append(number)
            else:
                self._give_up(number, "the verifier died over it")
        self.worker.start()
        self._ask()

    def _give_up(self, number: int, why: str) -> None:
        method = AuthMethod(method="look", result="temperror", properties=(("reason", why),))
        self._answer(number, AuthResults(authserv_id=OURS, methods=(method,)))

    def _answer(self, number: int, found: AuthResults) -> None:
        """What was found; for a mail that has left already it comes too late."""
        one = self._waiting.get(number)
        if one is not None and one.found is None:
            one.found = found
            self._answered.append(number)

    def _leaving(self) -> list[Answered]:
        """Those that are answered and have nobody of their author before them."""
        leaving: list[Answered] = []
        answered, self._answered = self._answered, []
        for number in answered:
            if number not in self._waiting:
                continue
            author = self._waiting[number].question.author.lower()
            line = self._authors[author]
            while line and (found := self._waiting[line[0]].found) is not None:
                leaving.append((line[0], self._waiting.pop(line[0]).mail, found))
                line.popleft()
            if not line:
                del self._authors[author]
        return leaving


def _is_sound(results: object) -> bool:
    """Whether these are results: it faces strangers, and what it says is stored and shown."""
    if not isinstance(results, AuthResults) or not isinstance(results.methods, tuple):
        return False
    if not _is_text(results.authserv_id) or len(results.methods) > METHODS:
        return False
    return all(
        isinstance(one, AuthMethod)
        and _is_text(one.method)
        and _is_text(one.result)
        and isinstance(one.properties, tuple)
        and len(one.properties) <= METHODS
        and all(isinstance(pair, tuple) and len(pair) == 2 and all(map(_is_text, pair)) for pair in one.properties)
        for one in results.methods
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= CHARACTERS and "\0" not in value
