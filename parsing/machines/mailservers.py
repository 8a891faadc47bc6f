"""Bounces and delays in free text: whether a mail server speaks, or a person who has the address of one.

In: `Evidence`. Out: the kind with its reason, or None; and what else tells a server's report from a person who hands
one on. Must never take a role (postmaster@, delivery@, "System Administrator") for a mail server by its name alone: a
mail taken for a bounce becomes no ticket.
"""

from __future__ import annotations

import re

from parsing import subject as subjects
from parsing.machines import failures, outofoffice, robots
from parsing.machines.evidence import Evidence
from parsing.message import Kind

Found = tuple[Kind, tuple[str, ...]] | None

NAME_REASON = "the address of a mail server, and the subject of a bounce"
WORDS_REASON = "the subject of a bounce, and the words of a mail server"
_QUESTION = re.compile(r"[^\s?/]\?(?:\s|$)")  # no address of a page with a query


def hands_on(evidence: Evidence, is_report: bool) -> bool:
    """A person who forwards or quotes a report, its parts included: no server writes Fwd, answers, or is a person."""
    if is_report or evidence.null_sender or evidence.is_daemons or evidence.replied:
        return False
    return subjects.is_forward(evidence.subject) or (_is_answer(evidence) and bool(evidence.sender.strip()))


def told(evidence: Evidence) -> Found:
    """Bounces in free text: a mail server's name, or a bounce subject together with words of a mail server."""
    if evidence.has("x-failed-recipients"):
        return _delay_or_bounce(evidence, "header X-Failed-Recipients")
    if (
        evidence.has("x-mlserver")
        and "-admin@" in evidence.sender
        and robots.LIST_REFUSES.search(f"{evidence.title} {evidence.near}")
    ):
        return Kind.BOUNCE, ("a mailing list program refuses the mail",)
    daemon = evidence.is_daemons
    titled = robots.BOUNCE_SUBJECT.search(evidence.title) is not None
    null = evidence.null_sender is True
    returns = returns_mail(evidence)
    if not (daemon or titled or null or returns):
        return None
    if hands_on(evidence, is_report=False):
        return None
    worded = robots.BOUNCE_TEXT.search(evidence.head) is not None
    daemon = daemon and (null or returns or _carries_mail(evidence) or _tells_failure(evidence))
    if daemon and (titled or worded):
        return _delay_or_bounce(evidence, "sent by a mail server, and says that mail was not delivered")
    if titled and is_own_address(evidence):
        return _delay_or_bounce(evidence, NAME_REASON)
    if titled and (null or (worded and returns)):
        return _delay_or_bounce(evidence, "the subject of a bounce, from a null sender or with a mail returned")
    if titled and worded and _is_servers(evidence):
        return _delay_or_bounce(evidence, WORDS_REASON)
    if null and worded and not outofoffice.label(evidence.title):
        return _delay_or_bounce(evidence, "null sender, and the words of a mail server")
    if daemon and robots.DAEMON_NAME.search(evidence.sender):
        return _delay_or_bounce(evidence, "sent by a mail server")
    if returns and worded:
        return _delay_or_bounce(evidence, "returns a mail with the words of a mail server")
    return None


def is_own_address(evidence: Evidence) -> bool:
    """Whether the address itself, not only the name beside it, is one that no person has."""
    return robots.DAEMON_NAME.search(evidence.sender.partition(" ")[0]) is not None


def _tells_failure(evidence: Evidence) -> bool:
    """A status code, or the words of a mail server with an address in them.

    People at postmaster@, delivery@ or "System Administrator" write neither when they write themselves.
    """
    if not is_own_address(evidence) and _is_asking(evidence):
        return False
    if robots.CODE.search(evidence.head):
        return True
    if not robots.SERVER_TEXT.search(evidence.head) and not robots.BOUNCE_SUBJECT.search(evidence.title):
        return False
    return any(one not in evidence.sender for one in failures.addresses(evidence.head))


def _is_asking(evidence: Evidence) -> bool:
    """A person who asks or complains at the beginning: a mail server asks nothing."""
    near = evidence.head[:400]
    return ("?" in near and _QUESTION.search(near) is not None) or robots.COMPLAINS.search(near) is not None


def _is_servers(evidence: Evidence) -> bool:
    """Words that only a mail server writes, and none of a person who asks about them at the beginning."""
    if "@" not in evidence.head or _is_asking(evidence):
        return False  # a mail server names the address
    return robots.SERVER_TEXT.search(evidence.head) is not None


def returns_mail(evidence: Evidence) -> bool:
    """Whether it has the parts of a report (RFC 6522, RFC 3464): the status, or the header of the mail returned."""
    root = evidence.tree.root
    if not root.children:
        return False
    return root.media.value == "multipart/report" or any(
        leaf.media.value in {"text/rfc822-headers", "message/delivery-status"} for leaf in evidence.tree.leaves[1:]
    )


def _carries_mail(evidence: Evidence) -> bool:
    """A whole mail as a part: what old servers return, and what people attach."""
    return any(leaf.media.value == "message/rfc822" for leaf in evidence.tree.leaves[1:])


def _is_answer(evidence: Evidence) -> bool:
    """A person who answers; mail servers that write `Re:` name no thread."""
    return evidence.is_threaded and robots.ANSWERS.match(evidence.title) is not None and not evidence.null_sender


def _delay_or_bounce(evidence: Evidence, reason: str) -> Found:
    return (Kind.DELAY if is_delay(evidence) else Kind.BOUNCE), (reason,)


def is_delay(evidence: Evidence) -> bool:
    """Whether a report in words says that the server still tries: its subject, or its text and nothing of an end."""
    if robots.DELAY.search(evidence.title):
        return True
    return bool(robots.DELAY.search(evidence.near)) and not robots.FAILED.search(evidence.head)
