"""`read`: the bytes of a mail in, one frozen `ParsedMail` out.

In: any bytes; what the desk told the reader; the envelope sender where it is known. Out: everything that is understood,
and a sentence for each thing that was not. Must never raise and never do I/O; what cannot be read at all still gives a
mail whose text is the bytes, marked so that no machine answers it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from parsing import (
    address,
    arc,
    attachment,
    authentication,
    automail,
    bounce,
    calendar,
    category,
    charset,
    forward,
    headers,
    language,
    limits,
    reply,
    spam,
    tree,
)
from parsing import subject as subjects
from parsing.body import DISAGREE, Body, body
from parsing.disguise import disguises
from parsing.foreign import foreign
from parsing.intake import attached, finding
from parsing.machines.evidence import Evidence
from parsing.machines.verification import verification
from parsing.message import ArcSet, Bounce, Candidate, Forwarded, Invitation, Kind, Mailbox, ParsedMail, Reading
from parsing.pages.sanitised import sanitised
from parsing.structure import seal
from parsing.tree import Tree
from parsing.words import phrases

# What the interpretation of hostile bytes can raise; nothing of it may reach the reader process.
_UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
_ARC = ("seal", "message-signature", "authentication-results")
_DEFECTS = 50
_LIES = 5
_SEALS = {"openpgp": "OpenPGP", "smime": "S/MIME"}
_UNTOLD = Reading()
_UNJUDGED = automail.Verdict(kind=Kind.HUMAN, reasons=(), auto_generated=False, suppress_auto_reply=True)
_T = TypeVar("_T")
_D = TypeVar("_D")


def read(
    raw: bytes, reading: Reading = _UNTOLD, envelope_sender: str | None = None, sent: tuple[str, ...] = ()
) -> ParsedMail:
    """Read one mail. `envelope_sender` is empty for the null reverse-path and None when nobody knows it."""
    try:
        return _read(raw, reading, envelope_sender, sent)
    except _UNREADABLE as error:
        return _unreadable(raw, reading, type(error).__name__)


def _unreadable(raw: bytes, reading: Reading, why: str) -> ParsedMail:
    head, _, rest = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    text = charset.decode((rest or head)[: limits.BODY_TEXT])[0]
    return ParsedMail(
        kind=Kind.HUMAN,
        text=text,
        reply=text,
        from_defect="the mail cannot be read",
        suppress_auto_reply=True,
        language=reading.languages[0] if reading.languages else "",
        content_hash=hashlib.sha256(raw).hexdigest(),
        defects=(f"the mail cannot be read: {why}",),
    )


def _read(raw: bytes, reading: Reading, envelope_sender: str | None, sent: tuple[str, ...]) -> ParsedMail:
    capped, preflight = limits.capped(raw)
    grown = tree.grow(capped)
    fields = grown.root.fields
    found = body(grown)
    defects = [*preflight, *grown.defects, *found.defects]
    hint = _hint(grown)
    author, from_defect = _author(fields, preflight, hint)
    date, date_defect = headers.moment(fields.get("date", []))
    subject = headers.decoded(fields.get("subject", [""])[0], hint)
    careful = _Careful(defects)
    invitation, odd = careful.part(
        "calendar", (None, ()), calendar.find, grown, author.address.lower() if author else ""
    )
    evidence = _evidence(grown, found, subject, author, envelope_sender, invitation)
    verdict = careful.part("kind", _UNJUDGED, automail.judge, evidence)
    words, forwarded = careful.part("new words", (_whole(found.text), None), _words, subject, found.text, grown, sent)
    files = careful.part("attachments", (), attachment.attachments, grown, found.parts)
    lies, encrypted = attachment.lies(files), seal.encrypted(grown, found.text)
    defects.extend(defect for defect in (from_defect, date_defect, *odd, *lies) if defect)
    told = f"{words.words}\n\n{forwarded.text if forwarded else ''}"
    spoken = careful.part("topics", category.Matches(), category.match, subject, told, reading.topics)
    tongue = _language(subject, words.words, found.text, reading)
    candidates: tuple[Candidate, ...] = ()
    if reading.sought and verdict.kind is Kind.HUMAN:
        texts = careful.part("attached texts", (), attached.texts, grown, files)
        candidates = careful.part("facts", (), finding.find, subject, told, files, texts, reading.sought, tongue)
    return ParsedMail(
        kind=verdict.kind,
        kind_reasons=verdict.reasons,
        from_=author,
        from_defect=from_defect,
        reply_to=address.mailboxes(fields.get("reply-to", []), hint),
        to=address.mailboxes(fields.get("to", []), hint),
        cc=address.mailboxes(fields.get("cc", []), hint),
        subject=subject,
        message_id=headers.message_id(fields.get("message-id", [])),
        in_reply_to=headers.message_ids(fields.get("in-reply-to", [])),
        references=headers.message_ids(fields.get("references", [])),
        date=date,
        text=found.text,
        reply=words.reply,
        quoted=words.quoted,
        signature=words.signature,
        disclaimer=words.disclaimer,
        answers=words.answers,
        html=careful.part("html", "", sanitised, grown) if reading.html else "",
        forwarded=forwarded,
        language=tongue,
        attachments=files,
        encrypted=encrypted,
        signed=seal.signed(grown, found.text),
        bounce=careful.part("bounce", None, _bounce, verdict.kind, grown, found.text),
        calendar=invitation,
        message_class=_message_class(grown),
        authentication=authentication.results(fields.get("authentication-results", [])),
        arc=_arc(fields) if "arc-seal" in fields else (),
        topics=spoken.topics,
        rules=spoken.rules,
        candidates=candidates,
        auto_generated=verdict.auto_generated,
        suppress_auto_reply=verdict.suppress_auto_reply,
        judged_by_words=verdict.by_words,
        spam=careful.part("spam marks", (), spam.marks, fields),
        verification=careful.part("verification", "", _verification, evidence, verdict),
        foreign_references=foreign(subject),
        received_count=len(fields.get("received", [])),
        content_hash=_content_hash(capped, fields),
        defects=tuple(dict.fromkeys(defects))[:_DEFECTS],
        cautions=_cautions(
            encrypted,
            found,
            lies,
            careful.part("name of the sender", (), disguises, fields.get("from", []), author, hint),
        ),
    )


def _message_class(grown: Tree) -> str:
    """What the mail's own TNEF container says; not that of a mail that it carries."""
    own = (grown.root, *grown.root.children)
    return headers.clean(next((leaf.message_class for leaf in own if leaf.message_class), ""))


def _arc(fields: dict[str, list[str]]) -> tuple[ArcSet, ...]:
    seals, signatures, seen = (fields.get(f"arc-{name}", []) for name in _ARC)
    return arc.chain(seals, signatures, seen)


def _cautions(encrypted: str, found: Body, lies: list[str], disguised: tuple[str, ...]) -> tuple[str, ...]:
    """What a person must know before acting on the mail."""
    sealed = [f"a part of it is encrypted ({_SEALS[encrypted]}) and was not read"] if encrypted else []
    return (*disguised, *sealed, *(defect for defect in found.defects if defect == DISAGREE), *lies[:_LIES])


@dataclass(slots=True)
class _Careful:
    """Interpretations that stand for themselves: what fails costs its own part of the meaning and no other."""

    defects: list[str]

    def part(self, what: str, default: _D, look: Callable[..., _T], *given: object) -> _T | _D:
        """What `look` finds, or the default and a defect."""
        try:
            return look(*given)
        except _UNREADABLE as error:
            self.defects.append(f"the {what} cannot be read: {type(error).__name__}")
            return default


def _whole(text: str) -> reply.Split:
    return reply.Split(reply=text, words=text, quoted="", signature="")


def _hint(grown: Tree) -> str:
    """The charset of the first text part: raw 8-bit bytes of the headers are most likely in it."""
    return next((name for leaf in grown.leaves[:20] if (name := leaf.media.get("charset"))), "")


def _author(fields: dict[str, list[str]], preflight: tuple[str, ...], hint: str) -> tuple[Mailbox | None, str]:
    """The author; one whose header other readers would not see as a header is no identity (intake 11)."""
    author, defect = address.author(fields.get("from", []), hint)
    return author, defect or limits.doubt(preflight)


def _evidence(
    grown: Tree,
    found: Body,
    subject: str,
    author: Mailbox | None,
    envelope_sender: str | None,
    invitation: Invitation | None,
) -> Evidence:
    fields = grown.root.fields
    null: bool | None = None if envelope_sender is None else not envelope_sender.strip("<> ")
    path = fields.get("return-path")
    if null is None and path:
        # RFC 5321 section 4.4: final delivery wrote it; a null one is evidence, any other proves nothing.
        null = not headers.unfolded(path[0]).strip("<> \t") or None
    boxes = (author,) if author else address.mailboxes(fields.get("from", [])[:1])
    if boxes:
        named = f"{boxes[0].address} {boxes[0].name}"
    else:
        named = " ".join(headers.decoded(value) for value in fields.get("from", [])[:2])[:1_000]
    return Evidence(
        tree=grown, subject=subject, sender=named.lower(), text=found.text, null_sender=null, calendar=invitation
    )


def _verification(evidence: Evidence, verdict: automail.Verdict) -> str:
    """Of reports, invitations and challenges it is known what they want."""
    if verdict.kind not in {Kind.HUMAN, Kind.AUTO_REPLY, Kind.LIST}:
        return ""
    return verification(evidence, verdict.auto_generated or verdict.kind is not Kind.HUMAN)


def _words(subject: str, text: str, grown: Tree, sent: tuple[str, ...]) -> tuple[reply.Split, Forwarded | None]:
    """The split; in a forward, what stands above it is the reply and the original is set apart."""
    carried = forward.find(subject, text, grown)
    if carried is None:
        return reply.split(text, sent, is_answer=_is_answer(subject, grown)), None
    above = reply.split(carried.above, sent)
    if above.quoted and not subjects.is_forward(subject):
        return reply.split(text, sent), None  # a forward below a quotation belongs to what was answered
    below = _below(carried.below, sent)
    words = reply.Split(
        reply=_stacked(above.reply, below.reply),
        words=_stacked(above.words, below.words),
        quoted=_stacked(above.quoted, carried.carried, below.quoted),
        signature=_stacked(above.signature, below.signature),
        disclaimer=_stacked(above.disclaimer, below.disclaimer),
        answers=above.answers + below.answers,
    )
    return words, carried.forwarded


def _is_answer(subject: str, grown: Tree) -> bool:
    """Whether the mail says that it answers one (RFC 5322 section 3.6.4), by its headers or its subject."""
    fields = grown.root.fields
    threaded = "in-reply-to" in fields or "references" in fields
    return threaded or subjects.base(subject) != " ".join(subject.split())


def _below(text: str, sent: tuple[str, ...]) -> reply.Split:
    """What stands below a forward: words, or only a signature, which alone would be taken for words."""
    if not text or phrases.SIGNATURE.match(text.partition("\n")[0]):
        return reply.Split(reply="", words="", quoted="", signature=text)
    return reply.split(text, sent)


def _stacked(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _language(subject: str, words: str, text: str, reading: Reading) -> str:
    if not reading.languages:
        return ""
    default = reading.languages[0]
    return language.guess(f"{subject}\n{words or text}", reading.languages, default)


def _bounce(kind: Kind, grown: Tree, text: str) -> Bounce | None:
    return bounce.read(grown, text, kind is Kind.DELAY) if kind in {Kind.BOUNCE, Kind.DELAY} else None


def _content_hash(capped: bytes, fields: dict[str, list[str]]) -> str:
    """Who, when, what: the same for every copy of a mail, whatever way it came."""
    digest = hashlib.sha256()
    for name in ("from", "date", "subject"):
        for value in fields.get(name, []):
            digest.update(headers.unfolded(value).encode("utf-8", "surrogateescape"))
            digest.update(b"\0")
        digest.update(b"\0")
    _, start = limits.header_end(capped, limits.HEADER_BLOCK * 2)
    body = capped[start:] if start >= 0 else b""
    if b"\r" in body:
        # A relay may change line ends (8BITMIME, LMTP): they are no difference.
        body = body.replace(b"\r\n", b"\n")
    digest.update(body.rstrip(b"\n"))
    return digest.hexdigest()
