"""Who wrote this mail: a person, or which sort of machine.

In: the headers, the tree and the text of a mail, and the envelope sender where it is known. Out: `Verdict`, a `Kind`
with
its reasons and two flags. A bounce is looked for before an automatic reply, because hundreds of mail servers mark their
bounces `Auto-Submitted: auto-replied`. Must never take a wish of the sender (X-Auto-Response-Suppress) for evidence
that a
machine wrote: Exchange puts it on the mail of people (intake 24).
"""

from __future__ import annotations

from dataclasses import dataclass

from parsing import bounce, robots
from parsing import subject as subjects
from parsing.headers import clean, unfolded
from parsing.message import Kind
from parsing.tree import Tree

_LOOKED_AT = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The kind, why, whether a machine wrote it unasked, and whether it asked not to be answered by machines."""

    kind: Kind
    reasons: tuple[str, ...]
    auto_generated: bool
    suppress_auto_reply: bool
    by_words: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the judgement rests on. `null_sender` is None when the envelope is not known."""

    tree: Tree
    subject: str
    sender: str  # address and name, lower-case
    text: str
    null_sender: bool | None

    @property
    def title(self) -> str:
        """The beginning of the subject, lower-case."""
        return self.subject[:300].lower()

    @property
    def head(self) -> str:
        """The beginning of the text, lower-case."""
        return self.text[:_LOOKED_AT].lower()

    def first(self, name: str) -> str:
        """The first value of a header, cleaned; empty when absent."""
        values = self.tree.root.fields.get(name)
        return clean(unfolded(values[0])) if values else ""

    def has(self, name: str) -> bool:
        """Whether the header is there at all."""
        return name in self.tree.root.fields


def judge(evidence: Evidence) -> Verdict:
    """The first kind that has a reason, in the order in which mistakes are dearest."""
    for look in (_report, _told_bounce, _calendar, _challenge, _out_of_office, _auto_reply, _list):
        found = look(evidence)
        if found is not None:
            kind, reasons = found
            return Verdict(
                kind=kind,
                reasons=reasons,
                auto_generated=bool(_unasked(evidence)),
                suppress_auto_reply=True,
                by_words=kind not in _BY_STRUCTURE and not _is_marked(evidence),
            )
    generated = _generated(evidence)
    wishes = _wishes(evidence)
    return Verdict(
        kind=Kind.HUMAN,
        reasons=tuple(generated + wishes),
        auto_generated=bool(generated),
        suppress_auto_reply=bool(generated or wishes),
    )


_BY_STRUCTURE = frozenset({Kind.LIST, Kind.CALENDAR, Kind.ABUSE_REPORT, Kind.RECEIPT})


def _is_marked(evidence: Evidence) -> bool:
    """Whether more than words says that a machine wrote this: a header, the envelope, the structure, the thread.

    "How do I set an out of office message?" has the words only; nobody may lose such a mail.
    """
    root = evidence.tree.root
    return bool(
        evidence.null_sender
        or root.media.value == "multipart/report"
        or _submitted(evidence)
        or _unasked(evidence)
        or robots.DAEMON.search(evidence.sender)
        or any(
            evidence.has(name)
            for name in ("in-reply-to", "references", "x-failed-recipients", *robots.GENERATED_HEADERS)
        )
    )


_Found = tuple[Kind, tuple[str, ...]] | None


def _report(evidence: Evidence) -> _Found:
    """Machine-readable reports: RFC 5965 (abuse), RFC 8098 (receipts), RFC 3464 (delivery)."""
    root = evidence.tree.root
    kinds = {leaf.media.value for leaf in evidence.tree.leaves}
    report = root.media.get("report-type").lower()
    if "message/feedback-report" in kinds or report == "feedback-report":
        return Kind.ABUSE_REPORT, ("a feedback report (RFC 5965)",)
    if "message/disposition-notification" in kinds or report == "disposition-notification":
        return Kind.RECEIPT, ("a disposition notification (RFC 8098)",)
    if bounce.reports(evidence.tree) or report == "delivery-status":
        return _delivery_report(evidence)
    first = root.children[0].media.value if root.children else ""
    if first == "message/rfc822" and robots.COMPLAINT_SUBJECT.search(evidence.title):
        # Hotmail's feedback loop is older than RFC 5965: a plain multipart with the mail complained about.
        return Kind.ABUSE_REPORT, ("a complaint that carries the mail it is about",)
    return None


def _delivery_report(evidence: Evidence) -> _Found:
    """RFC 3464 section 2.3.3: the action says whether it failed, waits or arrived."""
    actions = bounce.actions(evidence.tree)
    if "delayed" in actions and "failed" not in actions:
        return Kind.DELAY, ("a delivery status notification with action delayed",)
    arrived = actions and actions <= {"delivered", "relayed", "expanded"}
    if arrived and not robots.FAILED.search(evidence.head):
        return Kind.RECEIPT, (f"a delivery status notification with action {min(actions)}",)
    return Kind.BOUNCE, ("a delivery status notification (RFC 3464)",)


def _told_bounce(evidence: Evidence) -> _Found:
    """Bounces in free text: a mail server's name, or a bounce subject together with words of a mail server."""
    if evidence.has("x-failed-recipients"):
        return _delay_or_bounce(evidence, "header X-Failed-Recipients")
    subject = evidence.title
    daemon = robots.DAEMON.search(evidence.sender) is not None
    titled = robots.BOUNCE_SUBJECT.search(subject) is not None
    null = evidence.null_sender is True
    several = len(evidence.tree.leaves) > 1
    if not (daemon or titled or null or several):
        return None
    worded = robots.BOUNCE_TEXT.search(evidence.head) is not None
    if daemon and (titled or worded):
        return _delay_or_bounce(evidence, "sent by a mail server, and says that mail was not delivered")
    if titled and (worded or null) and not _is_answer(subject, evidence):
        return _delay_or_bounce(evidence, "the subject of a bounce, and the words of a mail server")
    if null and worded:
        return _delay_or_bounce(evidence, "null sender, and the words of a mail server")
    if daemon and robots.DAEMON_NAME.search(evidence.sender):
        return _delay_or_bounce(evidence, "sent by a mail server")
    if several and worded and (_returns(evidence) or titled):
        return _delay_or_bounce(evidence, "returns a mail with the words of a mail server")
    return None


def _returns(evidence: Evidence) -> bool:
    kinds = {leaf.media.value for leaf in evidence.tree.leaves[1:]}
    return "text/rfc822-headers" in kinds or evidence.tree.root.media.value == "multipart/report"


def _is_answer(subject: str, evidence: Evidence) -> bool:
    """A person who answers or forwards a bounce; mail servers that write `Re:` name no thread."""
    threaded = evidence.has("in-reply-to") or evidence.has("references")
    return threaded and subject[:3] in {"re:", "fwd", "fw:", "aw:", "wg:"} and not evidence.null_sender


def _delay_or_bounce(evidence: Evidence, reason: str) -> _Found:
    delayed = robots.DELAY.search(evidence.title) or (
        robots.DELAY.search(evidence.head[:1_500]) and not robots.FAILED.search(evidence.head)
    )
    return (Kind.DELAY if delayed else Kind.BOUNCE), (reason,)


def _calendar(evidence: Evidence) -> _Found:
    """A text/calendar part with a METHOD is a scheduling message (RFC 6047 section 2.4)."""
    for leaf in evidence.tree.leaves:
        if leaf.media.value == "text/calendar" and leaf.media.get("method"):
            return Kind.CALENDAR, (f"a calendar message with method {clean(leaf.media.get('method'))[:20].upper()}",)
    return None


def _challenge(evidence: Evidence) -> _Found:
    if robots.CHALLENGE_SUBJECT.search(evidence.title) and (
        evidence.null_sender or robots.CHALLENGE_TEXT.search(evidence.head) or evidence.has("auto-submitted")
    ):
        return Kind.CHALLENGE, ("asks the sender to prove that he is a person",)
    if evidence.has("x-boxtrapper") or "tmda" in evidence.first("x-delivery-agent").lower():
        return Kind.CHALLENGE, ("header of a challenge-response filter",)
    return None


def _out_of_office(evidence: Evidence) -> _Found:
    replied = _submitted(evidence)
    if "vacation" in replied or robots.OOF_SOURCE.search(
        evidence.first("x-ms-exchange-generated-message-source").lower()
    ):
        return Kind.OUT_OF_OFFICE, ("a header says out of office",)
    if robots.OOO_SUBJECT.search(evidence.title):
        return Kind.OUT_OF_OFFICE, ("the subject says out of office",)
    if (replied or robots.AUTO_SUBJECT.search(evidence.title)) and robots.OOO_TEXT.search(evidence.head[:1_500]):
        return Kind.OUT_OF_OFFICE, ("an automatic reply whose text says out of office",)
    return None


def _submitted(evidence: Evidence) -> str:
    """The auto-replied value of Auto-Submitted, or the name of a header that means the same; empty when none does."""
    for value in evidence.tree.root.fields.get("auto-submitted", [])[:5]:
        word = _keyword(value)
        if word.startswith("auto-replied"):
            return clean(unfolded(value)).lower()
    for name in robots.REPLY_HEADERS:
        if evidence.has(name) and evidence.first(name).lower() not in {"no", "false", "0"}:
            return f"header {name}"
    for name, words in robots.REPLY_VALUES:
        value = evidence.first(name).lower()
        if value and any(word in value for word in words):
            return f"{name}: {value[:60]}"
    return ""


def _keyword(value: str) -> str:
    """The keyword of Auto-Submitted without comments and parameters (RFC 3834 section 5)."""
    text = unfolded(value)[:500]
    out: list[str] = []
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")" and depth > 0)
        if depth == 0 and char != ")":
            out.append(char)
    return "".join(out).partition(";")[0].strip().lower()


def _auto_reply(evidence: Evidence) -> _Found:
    replied = _submitted(evidence)
    if replied:
        return Kind.AUTO_REPLY, (f"an automatic reply: {replied[:80]}",)
    if robots.AUTO_SUBJECT.search(evidence.title):
        return Kind.AUTO_REPLY, ("the subject of an automatic reply",)
    if evidence.null_sender and (evidence.has("in-reply-to") or evidence.has("references")):
        return Kind.AUTO_REPLY, ("null sender, and an answer to a mail",)
    return None


def _list(evidence: Evidence) -> _Found:
    for name in robots.LIST_HEADERS:
        if evidence.has(name):
            return Kind.LIST, (f"header {name}",)
    precedence = evidence.first("precedence").lower()
    if precedence.startswith(("list", "bulk", "junk")):
        return Kind.LIST, (f"precedence: {precedence[:20]}",)
    if robots.LIST_SENDER.search(evidence.sender):
        return Kind.LIST, ("sent by a list server",)
    return None


def _unasked(evidence: Evidence) -> list[str]:
    """Keywords of Auto-Submitted that are neither "no" nor an answer (RFC 3834 section 5)."""
    words = [_keyword(value) for value in evidence.tree.root.fields.get("auto-submitted", [])[:5]]
    return [word for word in words if word and word != "no" and not word.startswith("auto-replied")]


def _generated(evidence: Evidence) -> list[str]:
    """Reasons to think that a machine wrote unasked: monitoring, alerts, shops."""
    reasons = [f"auto-submitted: {clean(word)[:40]}" for word in _unasked(evidence)]
    if evidence.null_sender:
        reasons.append("null sender")
    if evidence.tree.root.media.value == "multipart/report":
        reasons.append("a report (RFC 6522)")
    if robots.NO_REPLY.search(evidence.sender):
        reasons.append("sent by a no-reply address")
    elif robots.DAEMON.search(evidence.sender):
        reasons.append("sent by a mail server")
    reasons.extend(f"header {name}" for name in robots.GENERATED_HEADERS if evidence.has(name))
    return reasons


def _wishes(evidence: Evidence) -> list[str]:
    """Wishes of the sender not to be answered by machines; no evidence of what he is."""
    reasons: list[str] = []
    for value in evidence.tree.root.fields.get("x-auto-response-suppress", [])[:3]:
        words = {word.strip().lower() for word in clean(unfolded(value)).replace(";", ",").split(",")}
        if words & {"all", "autoreply", "oof"}:
            reasons.append("asks for no automatic answer (X-Auto-Response-Suppress)")
            break
    if robots.VERP.match(evidence.first("return-path").lower()):
        reasons.append("sent by a mass mailer (return path)")
    if robots.BOUNCE_SUBJECT.search(evidence.title) and robots.BOUNCE_TEXT.search(evidence.head):
        reasons.append("hands on a bounce")
    if (
        not subjects.base(evidence.subject)
        and evidence.subject
        and not (evidence.has("in-reply-to") or evidence.has("references"))
    ):
        reasons.append("an answer that names neither subject nor thread")
    return reasons
