"""The answer to questions of ours, wherever it stands in a mail.

In: what a mail says, the fields that were asked for in their order, all fields that the desk knows. Out: candidates,
one for a field, in the order in which the fields were asked; what else was said comes behind. An answer is looked for
inside the quotation first, then behind labels and numbers, then in free words, in the subject and in the files. Must
never take a line of ours for an answer, or a polite word for a value; bounded in letters and lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from parsing.intake import courtesy, form, layout, pointing, prose
from parsing.intake.judging import Place, first, judged
from parsing.intake.layout import FREE, Entry
from parsing.message import Answer, Attachment, Candidate, Sought

LETTERS, LINES = 16_000, 200
"""How much of the own words is looked at."""

_TITLE = 200  # letters of a subject
_STATED = 300  # letters of a sentence that corrects


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a mail says: its subject without reference and reply marks, the new words (`reply` of `ParsedMail`), answers
    inside a quotation, files, its language. `title` is the ticket's subject: free words in a subject are an answer only
    where they are not that. `quoted` is what the mail quotes: some clients mark what is typed into it as quoted.
    `name` is the writer's: it may sign the words without a formula above it. `ours` are the texts of the mails of ours
    that it answers."""

    subject: str = ""
    words: str = ""
    answers: tuple[Answer, ...] = ()
    files: tuple[Attachment, ...] = ()
    language: str = ""
    title: str = ""
    quoted: str = ""
    name: str = ""
    ours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was found."""

    candidates: tuple[Candidate, ...] = ()


@dataclass(slots=True)
class _Reading:
    """What is found while a mail is read."""

    asked: tuple[Sought, ...]
    known: Mapping[str, Sought]
    names: layout.Names
    place: Place
    found: dict[str, Candidate] = field(default_factory=dict)
    loose: list[str] = field(default_factory=list)
    """Lines that do not say which question they answer."""

    @property
    def open(self) -> list[Sought]:
        return [one for one in self.asked if one.name not in self.found]

    def keep(self, candidate: Candidate | None) -> None:
        """The last word on a field counts, but nothing that was said gives way to what nobody can be sure of."""
        if candidate is None:
            return
        before = self.found.get(candidate.field)
        if before is None or candidate.state == "present" or before.state != "present":
            self.found[candidate.field] = candidate


def read(said: Said, asked: Sequence[Sought], known: Sequence[Sought]) -> Read:
    """What the mail answers. `asked` is in the order in which it was asked, which numbers follow; `known` are all
    fields of the desk: a label of one that was not asked counts as well. Where nothing was asked, only corrections are
    read."""
    if not asked and not known:
        return Read()
    everything = tuple(dict.fromkeys((*asked, *known)))
    reading = _Reading(
        asked=tuple(asked),
        known={one.name: one for one in reversed(everything)},
        names=layout.names(everything),
        place=Place(files=said.files, language=said.language),
    )
    own, inline = _sections(said)
    own = courtesy.without_name(own, said.name)
    if not asked:
        # What labels say, `finding` has read of every mail.
        _corrections(own, reading)
        return Read(candidates=tuple(reading.found.values()))
    for answer in inline:
        _inline(answer, reading)
    _entries(own, reading)
    _corrections(own, reading)
    for sought, lines in form.filled(said.quoted, reading.open, reading.names, said.ours):
        reading.keep(judged(sought, lines, reading.place))
    _titled(said, reading)
    _free(reading)
    _subject(said, reading, any(line.strip() for line in own) or bool(inline))
    _files(reading)
    order = {one.name: place for place, one in enumerate(asked)}
    candidates = sorted(reading.found.values(), key=lambda one: order.get(one.field, len(order)))
    return Read(candidates=tuple(candidates))


def _sections(said: Said) -> tuple[list[str], list[Answer]]:
    """The lines of the own words that stand in no quotation, and the answers inside one, within the bounds."""
    lines = said.words[:LETTERS].split("\n", LINES)[:LINES]
    if not said.answers:
        return [line for line in lines if not line.startswith("> ")], []
    inside: list[str] = []
    answers, room = [], LINES
    for answer in said.answers[:LINES]:
        words = answer.words[: LETTERS // 4].split("\n", room)[:room]
        room -= len(words)
        if room < 0:
            break
        answers.append(Answer(question=answer.question[:2_000], words="\n".join(words)))
        inside.extend(word.strip() for word in words)
    return _outside(lines, inside), answers


def _outside(lines: list[str], inside: list[str]) -> list[str]:
    """The lines that are not those inside the quotation, which come in the same order below all others."""
    own, at = [], 0
    texts = [line for line in inside if line]
    for index in range(len(lines) - 1, -1, -1):
        bare = lines[index].strip()
        if at < len(texts) and bare == texts[-1 - at]:
            at += 1
        elif not lines[index].startswith("> "):
            own.append(lines[index])
    return own[::-1]


def _inline(answer: Answer, reading: _Reading) -> None:
    """Words below a quoted question: the last line of it that names a field says which one they answer."""
    question = answer.question.split("\n")
    lines = answer.words.split("\n")
    name = _questioned(question, reading)
    place = replace(reading.place, question=tuple(question))
    if name is None:
        _entries(lines, reading)
        return
    for entry in layout.below(lines, name, reading.asked, reading.names):
        sought = reading.known[entry.field]
        reading.keep(judged(sought, entry.lines, place, _how(sought, reading)))


def _questioned(question: Sequence[str], reading: _Reading) -> str | None:
    for line in reversed(question):
        head = layout.named(line, reading.names)
        if head is not None:
            return head[0]
    return None


def _how(sought: Sought, reading: _Reading) -> str:
    return "answer" if any(one.name == sought.name for one in reading.asked) else "label"


def _entries(lines: Sequence[str], reading: _Reading) -> None:
    """Labelled and numbered answers; the lines of all others wait for what is still open."""
    entries = layout.entries(lines, reading.asked, reading.names)
    judged_now = [(entry, _entry(entry, reading)) for entry in entries if entry.field]
    if _counts_steps(judged_now, reading):
        reading.loose.extend(lines)
        return
    for entry in entries:
        if not entry.field:
            reading.loose.extend(entry.lines)
    for entry, candidate in judged_now:
        reading.keep(candidate)
        if reading.known[entry.field].kind not in FREE:
            reading.loose.extend(_below(entry))


def _entry(entry: Entry, reading: _Reading) -> Candidate | None:
    sought = reading.known[entry.field]
    lines = entry.lines if sought.kind in FREE else _above(entry)
    return judged(sought, lines, reading.place, _how(sought, reading))


def _above(entry: Entry) -> tuple[str, ...]:
    """The first paragraph of an entry: a value of one of the kinds never needs two."""
    end = _gap(entry)
    return entry.lines[:end]


def _below(entry: Entry) -> tuple[str, ...]:
    return ("", *entry.lines[_gap(entry) :])


def _gap(entry: Entry) -> int:
    words = False
    for index, line in enumerate(entry.lines):
        if words and not line.strip():
            return index
        words = words or bool(line.strip())
    return len(entry.lines)


def _counts_steps(entries: Sequence[tuple[Entry, Candidate | None]], reading: _Reading) -> bool:
    """Whether numbers count steps and not questions: nothing that has a kind fits its number."""
    numbered = [(entry, candidate) for entry, candidate in entries if entry.number]
    if len(numbered) < 2 or len(numbered) != len(entries) or not any(one.kind == "steps" for one in reading.asked):
        return False
    typed = [candidate for entry, candidate in numbered if reading.known[entry.field].kind not in FREE]
    return bool(typed) and all(one is not None and one.state == "unsure" for one in typed)


def _corrections(lines: Sequence[str], reading: _Reading) -> None:
    """`Correction: it is 30 users, not 25`: a value of a kind that the desk knows, in a sentence that corrects."""
    for line in lines:
        if len(line) > _STATED or not pointing.corrects(line):
            continue
        told = pointing.without_taken_back(line)
        for sought in reading.known.values():
            if sought.kind in FREE or sought.kind in ("file", "name", "yesno") or sought.name in reading.found:
                continue
            value = first(sought, told, reading.place, asked=False)
            if value is not None and value.sure and value.end > value.start:
                reading.keep(Candidate(field=sought.name, value=value.value, source=line.strip(), how="answer"))
                reading.loose = [one for one in reading.loose if one != line]


def _free(reading: _Reading) -> None:
    if reading.loose and reading.open:
        for candidate in prose.said(reading.loose, reading.open, len(reading.asked), reading.place):
            reading.keep(candidate)


def _titled(said: Said, reading: _Reading) -> None:
    """A subject that begins with a label."""
    head = layout.named(said.subject[:_TITLE], reading.names)
    if head is not None and head[0] not in reading.found and said.subject.strip() != said.title.strip():
        sought = reading.known[head[0]]
        reading.keep(judged(sought, [head[1]], reading.place, _how(sought, reading)))


def _subject(said: Said, reading: _Reading, has_words: bool) -> None:
    """In a mail without words, what the subject says anew."""
    subject = said.subject[:_TITLE].strip()
    if has_words or not subject or subject == said.title.strip() or layout.named(subject, reading.names):
        return
    still = reading.open if said.title else [one for one in reading.open if one.kind not in FREE]
    if still:
        count = len(reading.asked) if said.title else max(2, len(reading.asked))
        for candidate in prose.said([subject], still, count, reading.place):
            reading.keep(candidate)


def _files(reading: _Reading) -> None:
    """Files answer whatever asks for one."""
    if not reading.place.files:
        return
    for sought in reading.open:
        if sought.kind == "file":
            found = first(sought, "", reading.place)
            if found is not None:
                state = "present" if found.sure else "unsure"
                reading.keep(
                    Candidate(field=sought.name, value=found.value, state=state, source=found.value, how="answer")
                )
