"""Who wrote this mail: a person, or which sort of machine.

In: the headers, the tree and the text of a mail, and the envelope sender where it is known. Out: `Verdict`, a `Kind`
with its reasons and two flags. A bounce is looked for before an automatic reply, because hundreds of mail servers mark
their bounces `Auto-Submitted: auto-replied`. Must never take a wish of the sender (X-Auto-Response-Suppress) for
evidence that a machine wrote: Exchange puts it on the mail of people (intake 24).
"""

from __future__ import annotations

from dataclasses import dataclass

from parsing import subject as subjects
from parsing.headers import clean, unfolded
from parsing.machines import absence, lists, mailservers, outofoffice, robots, sesnotice, statusreport
from parsing.machines.evidence import Evidence
from parsing.machines.mailservers import Found
from parsing.machines.outofoffice import Label
from parsing.machines.sesnotice import Event
from parsing.message import Invitation, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The kind, why, whether a machine wrote it unasked, and whether it asked not to be answered by machines.

    `by_words`: a kind of machine for which nothing but the words speaks; the caller may think better of it.
    """

    kind: Kind
    reasons: tuple[str, ...]
    auto_generated: bool
    suppress_auto_reply: bool
    by_words: bool = False


def judge(evidence: Evidence) -> Verdict:
    """The first kind that has a reason, in the order in which mistakes are dearest."""
    for look in (_report, _delivered, mailservers.told, _calendar, _challenge, _receipt, _automatic, _list):
        found = look(evidence)
        if found is not None and found[0] is not Kind.HUMAN:
            kind, reasons = found
            return Verdict(
                kind=kind,
                reasons=reasons,
                auto_generated=bool(evidence.unasked),
                suppress_auto_reply=True,
                by_words=kind not in _BY_STRUCTURE and (reasons[0] in _MERE_WORDS or not _is_marked(evidence, kind)),
            )
    carried = list(found[1]) if found is not None else []
    generated = _generated(evidence)
    wishes = _wishes(evidence)
    return Verdict(
        kind=Kind.HUMAN,
        reasons=tuple(carried + generated + wishes),
        auto_generated=bool(generated),
        suppress_auto_reply=bool(carried or generated or wishes),
    )


_BY_STRUCTURE = frozenset({Kind.LIST, Kind.CALENDAR, Kind.ABUSE_REPORT})
_NOTE_REASON = "the text is an absence note and nothing else"
_SAYS_SO_REASON = "the text says that it is an automatic answer"
_MERE_WORDS = frozenset({mailservers.NAME_REASON, mailservers.WORDS_REASON, _NOTE_REASON, _SAYS_SO_REASON})


def _is_marked(evidence: Evidence, kind: Kind) -> bool:
    """Whether more than words says that a machine wrote this: a header, the envelope, the structure, the thread.

    "How do I set an out of office message?" has the words only; nobody may lose such a mail. People answer from
    delivery@ and postmaster@ too: a role is no mark, and neither is a thread one of a bounce.
    """
    root = evidence.tree.root
    reports = kind in {Kind.BOUNCE, Kind.DELAY}
    return bool(
        evidence.null_sender
        or root.media.value == "multipart/report"
        or evidence.replied
        or evidence.unasked
        or mailservers.is_own_address(evidence)
        or (evidence.is_daemons and mailservers.returns_mail(evidence))
        or (evidence.is_threaded and not reports)
        or any(evidence.has(name) for name in ("x-failed-recipients", *robots.GENERATED_HEADERS))
    )


def _report(evidence: Evidence) -> Found:
    """Machine-readable reports: RFC 5965 (abuse), RFC 8098 (receipts), RFC 3464 (delivery)."""
    root = evidence.tree.root
    kinds = {leaf.media.value for leaf in evidence.tree.leaves}
    report = root.media.get("report-type").lower()
    if evidence.has("x-amz-sns-message-id") or "sns.amazonaws.com" in evidence.sender:
        return _notice(evidence)
    if evidence.has("x-apple-unsubscribe"):
        return Kind.ABUSE_REPORT, ("a complaint by way of Apple's unsubscribe button",)
    if not report and len(kinds) == 1 and not root.media.value.startswith("message/"):
        return None
    is_report = root.media.value == "multipart/report"
    if ("message/feedback-report" in kinds or report == "feedback-report") and not mailservers.hands_on(
        evidence, is_report
    ):
        return Kind.ABUSE_REPORT, ("a feedback report (RFC 5965)",)
    if "message/disposition-notification" in kinds or report == "disposition-notification":
        if mailservers.hands_on(evidence, is_report):
            return None
        return _disposition(evidence)
    if (statusreport.parts(evidence.tree) or report == "delivery-status") and not mailservers.hands_on(
        evidence, is_report
    ):
        return _delivery_report(evidence)
    first = root.children[0].media.value if root.children else ""
    if first == "message/rfc822" and robots.COMPLAINT_SUBJECT.search(evidence.title):
        # Hotmail's feedback loop is older than RFC 5965: a plain multipart with the mail complained about.
        return Kind.ABUSE_REPORT, ("a complaint that carries the mail it is about",)
    return None


def _notice(evidence: Evidence) -> Found:
    """Amazon SES tells bounces, complaints and deliveries in JSON."""
    found = sesnotice.notice(evidence.text)
    if found is None:
        return None
    kind = {
        Event.BOUNCE: Kind.BOUNCE,
        Event.REJECT: Kind.BOUNCE,
        Event.DELAY: Kind.DELAY,
        Event.COMPLAINT: Kind.ABUSE_REPORT,
        Event.DELIVERY: Kind.RECEIPT,
    }[found.event]
    return kind, (f"a notice of Amazon SES: {found.event.value}",)


def _disposition(evidence: Evidence) -> Found:
    """RFC 8098 section 3.2.6: read, deleted, or refused; a refusal is an answer, for nobody read anything."""
    if robots.REFUSED_SUBJECT.search(evidence.title):
        return Kind.AUTO_REPLY, ("a disposition notification that refuses the mail (RFC 8098)",)
    return Kind.RECEIPT, ("a disposition notification (RFC 8098)",)


def _delivery_report(evidence: Evidence) -> Found:
    """RFC 3464 section 2.3.3: the action says whether it failed, waits or arrived."""
    actions = statusreport.actions(evidence.tree)
    if "delayed" in actions and "failed" not in actions:
        return Kind.DELAY, ("a delivery status notification with action delayed",)
    arrived = actions and actions <= {"delivered", "relayed", "expanded"}
    if arrived and not robots.FAILED.search(evidence.head):
        return Kind.RECEIPT, (f"a delivery status notification with action {min(actions)}",)
    if not actions and mailservers.is_delay(evidence):
        return Kind.DELAY, ("a delivery status notification that speaks of a delay",)
    return Kind.BOUNCE, ("a delivery status notification (RFC 3464)",)


def _delivered(evidence: Evidence) -> Found:
    """A server's word that the mail arrived, in free text."""
    if not robots.DELIVERED_SUBJECT.match(evidence.title) or evidence.has("x-failed-recipients"):
        return None
    if robots.DELIVERED_TEXT.search(evidence.near) and not robots.SERVER_TEXT.search(evidence.near):
        return Kind.RECEIPT, ("says that the mail was delivered",)
    return None


_GIVEN_BACK = frozenset({"REQUEST", "CANCEL", "DECLINECOUNTER"})
_METHODS = frozenset({"REQUEST", "REPLY", "CANCEL", "COUNTER", "DECLINECOUNTER", "REFRESH"})


def _calendar(evidence: Evidence) -> Found:
    """A text/calendar part with a METHOD is a scheduling message (RFC 6047 section 2.4).

    Apple and others leave the parameter out, and some send it as a file: then the calendar's own word counts. What an
    automatic answer gives back of ours is a REQUEST or a CANCEL, and no word of its sender's.
    """
    if evidence.replied and evidence.calendar is not None and evidence.calendar.method in _GIVEN_BACK:
        return None
    for leaf in evidence.tree.leaves:
        if leaf.media.value == "text/calendar" and leaf.media.get("method"):
            return Kind.CALENDAR, (f"a calendar message with method {clean(leaf.media.get('method'))[:20].upper()}",)
    found = evidence.calendar
    if found is None or found.method not in _METHODS:
        return None
    leaf = next(leaf for leaf in evidence.tree.leaves if leaf.number == found.part)
    typed = leaf.media.value == "text/calendar"
    if (typed and leaf.disposition.value != "attachment") or not evidence.text.strip():
        return Kind.CALENDAR, (f"a calendar whose method is {found.method}",)
    if typed and _speaks(found, evidence):
        return Kind.CALENDAR, (f"the sender's own calendar file, whose method is {found.method}",)
    return None


def _speaks(found: Invitation, evidence: Evidence) -> bool:
    """Whether a calendar that is sent as a file is the sender's message, and not one that he shows.

    Who speaks in it sent the mail, and the subject names the event as clients write it: a person's names what he wants.
    """
    by_attendee = found.method in {"REPLY", "COUNTER", "REFRESH"}
    speaker = found.attendee if by_attendee else found.organizer.address if found.organizer else ""
    return bool(speaker) and speaker.lower() in evidence.sender and found.summary.lower()[:200] in evidence.title


def _challenge(evidence: Evidence) -> Found:
    if robots.CHALLENGE_SUBJECT.search(evidence.title) and (
        evidence.null_sender or evidence.has("auto-submitted") or _challenges(evidence)
    ):
        return Kind.CHALLENGE, ("asks the sender to prove that he is a person",)
    if any(evidence.has(name) for name in robots.CHALLENGE_HEADERS) or "tmda" in evidence.first("x-delivery-agent"):
        return Kind.CHALLENGE, ("header of a challenge-response filter",)
    return None


def _challenges(evidence: Evidence) -> bool:
    """The words of a challenge, and not those of a person who got one or whose verification does not work."""
    if not robots.CHALLENGE_TEXT.search(evidence.near) or evidence.title.rstrip().endswith(("?", "？")):
        return False
    both = f"{evidence.title}\n{evidence.near}"
    return not any(cue.search(both) for cue in (robots.COMPLAINS, robots.BROKEN, absence.TROUBLE))


def _receipt(evidence: Evidence) -> Found:
    """Receipts and recalls in free text: a mark in the subject, and the sentence that goes with it."""
    if robots.READ_SUBJECT.match(evidence.title) and robots.READ_OBJECT.search(evidence.near):
        read = robots.READ_TEXT.search(evidence.near)
        if read and not robots.READ_MORE.match(evidence.near, read.end()):
            return Kind.RECEIPT, ("the subject and the sentence of a receipt",)
    if any("ipm.outlook.recall" in evidence.first(name).lower() for name in robots.CLASS_HEADERS):
        return Kind.AUTO_REPLY, ("the message class of a recall",)
    if robots.RECALL_SUBJECT.match(evidence.title) and robots.RECALL_TEXT.search(evidence.near):
        return Kind.AUTO_REPLY, ("asks to recall a message",)
    return None


def _automatic(evidence: Evidence) -> Found:
    """Absence notes and other automatic answers: by a header, by the subject, by the text alone."""
    replied = evidence.replied
    label = outofoffice.label(evidence.title)
    if "vacation" in replied or robots.OOF_SOURCE.search(
        evidence.first("x-ms-exchange-generated-message-source").lower()
    ):
        return Kind.OUT_OF_OFFICE, ("a header says out of office",)
    if (
        label is None
        and outofoffice.is_marked_auto(evidence.title)
        and (
            evidence.null_sender
            or evidence.unasked
            or robots.says_automatic(evidence.near)
            or outofoffice.is_note(evidence.title, evidence.head, is_answer=True)
        )
    ):
        label = Label.AUTOMATIC
    if not replied and label is not None and not evidence.null_sender and not evidence.unasked:
        label = label if outofoffice.bears_out(label, evidence.head) else None
    if label in {Label.NOTE, Label.ABSENCE}:
        return Kind.OUT_OF_OFFICE, ("the subject says out of office",)
    if (replied or label) and outofoffice.speaks_of_absence(evidence.head):
        return Kind.OUT_OF_OFFICE, ("an automatic reply whose text says out of office",)
    if replied:
        return Kind.AUTO_REPLY, (f"an automatic reply: {replied[:80]}",)
    if label is not None:
        return Kind.AUTO_REPLY, ("the subject of an automatic reply",)
    if evidence.null_sender and evidence.is_threaded:
        absent = outofoffice.speaks_of_absence(evidence.head)
        kind = Kind.OUT_OF_OFFICE if absent else Kind.AUTO_REPLY
        return kind, ("null sender, and an answer to a mail",)
    return _by_text(evidence)


def _by_text(evidence: Evidence) -> Found:
    """What only the text says; a forward hands on the words of others."""
    if subjects.is_forward(evidence.subject):
        return None
    answers = evidence.is_threaded or bool(evidence.null_sender) or robots.ANSWERS.match(evidence.title) is not None
    if outofoffice.is_note(evidence.title, evidence.head, answers):
        return Kind.OUT_OF_OFFICE, (_NOTE_REASON,)
    if answers and robots.says_automatic(evidence.near):
        return Kind.AUTO_REPLY, (_SAYS_SO_REASON,)
    return None


def _list(evidence: Evidence) -> Found:
    """What a list carried: a machine's or an announcement is the list's, a person's post stays a person's."""
    carried = lists.carried(evidence.tree.root.fields, evidence.sender)
    if not carried:
        return None
    fields = evidence.tree.root.fields
    if not evidence.null_sender and lists.is_persons_post(
        fields, evidence.sender, evidence.title, evidence.head, evidence.is_threaded
    ):
        return Kind.HUMAN, (f"a person's mail through a list: {carried}",)
    return Kind.LIST, (carried,)


def _generated(evidence: Evidence) -> list[str]:
    """Reasons to think that a machine wrote unasked: monitoring, alerts, shops."""
    reasons = [f"auto-submitted: {clean(word)[:40]}" for word in evidence.unasked]
    if evidence.null_sender:
        reasons.append("null sender")
    if evidence.tree.root.media.value == "multipart/report":
        reasons.append("a report (RFC 6522)")
    if robots.NO_REPLY.search(evidence.sender):
        reasons.append("sent by a no-reply address")
    elif evidence.is_daemons:
        reasons.append("sent by a mail server")
    fields = evidence.tree.root.fields
    reasons.extend(f"header {name}" for name in robots.GENERATED_HEADERS if name in fields)
    if lists.is_bulk_feedback(fields) and lists.carried(fields, evidence.sender):
        reasons.append("header feedback-id, and the mark of a list")
    return reasons


def _wishes(evidence: Evidence) -> list[str]:
    """Wishes of the sender not to be answered by machines; no evidence of what he is."""
    reasons: list[str] = []
    fields = evidence.tree.root.fields
    for value in fields.get("x-auto-response-suppress", [])[:3]:
        words = {word.strip().lower() for word in clean(unfolded(value)).replace(";", ",").split(",")}
        if words & {"all", "autoreply", "oof"}:
            reasons.append("asks for no automatic answer (X-Auto-Response-Suppress)")
            break
    if "x-loop" in fields:
        reasons.append("marked against loops (X-Loop)")
    if robots.VERP.match(evidence.first("return-path").lower()):
        reasons.append("sent by a mass mailer (return path)")
    if robots.BOUNCE_SUBJECT.search(evidence.title) and robots.HANDED_ON.search(evidence.head):
        reasons.append("hands on a bounce")
    if evidence.subject and not evidence.is_threaded and not subjects.base(evidence.subject):
        reasons.append("an answer that names neither subject nor thread")
    if robots.says_automatic(evidence.near) and not subjects.is_forward(evidence.subject):
        reasons.append("the text says that a machine wrote it")
    return reasons
