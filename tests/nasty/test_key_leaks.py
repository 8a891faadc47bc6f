"""Secret reply addresses on their way out (reliability threats 10 and 37): none of the staff's ever reaches a
customer."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from gateway.rules import keys
from gateway.rules.privacy import keys as leak
from tests.desk import SECRET, Sent
from tests.nasty.nora import post, settings
from tests.nasty.post import ANASTASIA, NORA, PAUL, Post, address, everything

__all__ = ["post", "settings"]


def secrets_in(sent: Sent) -> set[str]:
    """The secret addresses that a mail holds beside its own reader's."""
    words = everything(sent)
    own = str(sent.mail["Reply-To"])
    assert own in words
    left = words.replace(own, "")
    return {left[place : place + 30] for place in range(len(left)) if leak.in_text(left[place : place + 30])}


QUOTED = {
    "Outlook, below": (
        "It is fixed.\n\n________________________________\nFrom: Desk Example Support <{reply_to}>\n"
        "Sent: Monday, November 23, 2026 9:00 AM\nTo: Anastasia Winter <anastasia@desk.example>\n"
        "Subject: [DESK-1001] Search is very slow\n\n{notice}"
    ),
    "Outlook, German": (
        "It is fixed.\n\n-----Ursprüngliche Nachricht-----\nVon: Desk Example Support <{reply_to}>\n"
        "Gesendet: Montag, 23. November 2026 09:00\nAn: Anastasia Winter <anastasia@desk.example>\n"
        "Betreff: [DESK-1001] Search is very slow\n\n{notice}"
    ),
    "Gmail": ("It is fixed.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Desk Example Support <\n{reply_to}> wrote:\n\n{quote}"),
    "Apple Mail": (
        "It is fixed.\n\n> On 23. Nov 2026, at 09:00, Desk Example Support <{reply_to}> wrote:\n> \n{quote}"
    ),
    "Thunderbird, above": "On 23.11.26 09:00, Desk Example Support wrote:\n{quote}\n\nIt is fixed.\n",
    "no mark at all": "It is fixed.\n\n{notice}",
    "between our lines": "{quote}\n\nIt is fixed.\n\n> Notes only: {note}\n\nsee above",
    "the address alone": "It is fixed. Write to {reply_to} from now on.",
    "the note address": "It is fixed. Write to {note} from now on.",
}


@pytest.mark.parametrize("shape", QUOTED)
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_threat_10_an_agents_keys_never_leave_in_what_they_quote(post: Post, shape: str, kind: str) -> None:
    """An agent answers with our whole notice below, in the shapes of real clients: either the quotation is cut or the
    mail is held. No byte to the customer names a secret address but her own."""
    still = post.still
    notice = still.latest(ANASTASIA)
    reply_to = str(notice.mail["Reply-To"])
    words = QUOTED[shape].format(
        reply_to=reply_to,
        note=notice.note_address,
        encoded=reply_to.replace("+", "%2B").replace("@", "%40"),
        notice=notice.text(),
        quote="\n".join(f"> {line}" for line in notice.text().splitlines()),
    )
    headers = {"In_Reply_To": str(notice.mail["Message-ID"])}
    if kind == "html":
        lines = words.replace("<", "&lt;").replace("\n", "<br>\n")
        words = f'<html><body><a href="mailto:{reply_to}"></a>{lines}</body></html>'
        headers |= {"MIME_Version": "1.0", "Content_Type": "text/html; charset=utf-8"}
    before = len(still.sent)
    entry = post.write(ANASTASIA, reply_to, words, **headers)
    assert entry["verdict"] in ("appended", "held-command"), entry["reason"]
    outside = [sent for sent in post.since(before) if sent.to == NORA]
    assert bool(outside) is (entry["verdict"] == "appended")
    for sent in outside:
        assert not secrets_in(sent)
        assert "It is fixed" in sent.text()
    if entry["verdict"] == "held-command":
        assert "secret reply address" in " ".join(still.latest(ANASTASIA, "held").text().split())


def _attached(name: str, kind: str, content: bytes) -> tuple[dict[str, str], str]:
    headers = {"MIME_Version": "1.0", "Content_Type": 'multipart/mixed; boundary="b"'}
    file = base64.encodebytes(content).decode()
    return headers, (
        "--b\nContent-Type: text/plain\n\nIt is fixed, see the file.\n"
        f'--b\nContent-Type: {kind}; name="{name}"\nContent-Transfer-Encoding: base64\n'
        f'Content-Disposition: attachment; filename="{name}"\n\n{file}\n--b--\n'
    )


def test_threat_10_what_gets_past_the_first_look_is_stopped_at_the_last(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that no rule has seen is found in the finished mail, also with an invisible letter in it: it does not
    leave, the queue says why, and the agent gets the words back."""
    monkeypatch.setattr("gateway.rules.speech.leaving.found_in", lambda _said, _desk: ())
    still = post.still
    hidden = address(still, ANASTASIA).replace("+", "+\ufeff")
    before = len(still.sent)
    post.write(ANASTASIA, address(still, ANASTASIA), f"It is fixed, write to {hidden} now.")
    for _ in range(4):  # what cannot be written is tried three times
        still.now += timedelta(minutes=30)
        still.settle()
    assert NORA not in {sent.to for sent in post.since(before)}
    (failed,) = [row for row in still.queue() if row["state"] == "failed"]
    why = "could not be rendered: LeakError: a secret reply address (one of our notices is quoted)"
    assert (failed["to"], failed["last_text"]) == (NORA, why)
    told = " ".join(still.latest(ANASTASIA, "undelivered").text().split())
    assert "did not reach" in told
    assert "It is fixed" in told


FILES = {
    "a text": ("notice.txt", "text/plain", lambda raw, text: text),
    "a page": ("notice.html", "text/html", lambda raw, text: b"<p>" + text + b"</p>"),
    "UTF-16, as Outlook saves": ("notice.txt", "text/plain", lambda raw, text: text.decode().encode("utf-16")),
    "a whole mail": ("notice.eml", "message/rfc822", lambda raw, text: raw),
    "a whole mail as octets": ("notice.dat", "application/octet-stream", lambda raw, text: raw),
    "a mail in base64": (
        "notice.mht",
        "application/octet-stream",
        lambda raw, text: b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(text),
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", FILES)
def test_threat_10_an_agents_keys_never_leave_in_a_file(post: Post, shape: str) -> None:
    """An agent attaches what we had sent to them: the answer does not leave, and the agent learns why."""
    still = post.still
    notice = still.latest(ANASTASIA)
    name, kind, make = FILES[shape]
    content = make(notice.raw, notice.text().encode())
    headers, words = _attached(name, kind, content)
    before = len(still.sent)
    post.write(ANASTASIA, address(still, ANASTASIA), words, **headers)
    for _ in range(4):  # what cannot be written is tried three times
        still.now += timedelta(minutes=30)
        still.settle()
    assert NORA not in {sent.to for sent in post.since(before)}
    told = [sent.purpose for sent in post.since(before) if sent.to == ANASTASIA]
    assert [purpose for purpose in told if purpose in ("held", "undelivered")], told


def test_threat_10_a_file_without_a_key_leaves(post: Post) -> None:
    """The same path with a harmless file: what holds files back is the address in them and nothing else."""
    still = post.still
    headers, words = _attached("steps.txt", "text/plain", b"Press Ctrl+K and wait.")
    post.write(ANASTASIA, address(still, ANASTASIA), words, **headers)
    assert b"steps.txt" in still.latest(NORA, "answer").raw


OTHERS_KEY = keys.mint(SECRET, 1001, ANASTASIA, "agent", "public", 1)
LIKE_A_KEY = "support+kaaaaaaaaaaaaaaaaaaaaaaaaaa@desk.example"


@pytest.mark.parametrize("secret", [keys.keyed("support@desk.example", OTHERS_KEY), LIKE_A_KEY])
@pytest.mark.parametrize("hidden", ["", "\u200b"])
def test_threat_10_what_customers_quote_is_given_back_without_addresses(post: Post, secret: str, hidden: str) -> None:
    """A customer's words, subject and name that hold a secret address, real or made to look like one, neither travel
    on in our answer nor keep it from being written."""
    still = post.still
    secret = secret.replace("+", f"+{hidden}")
    noras, to_anastasia = address(still, NORA), address(still, ANASTASIA)
    post.write(
        NORA,
        noras,
        f"Somebody wrote to me from {secret} about it.",
        From=f'"{secret}" <{NORA}>',
        Message_ID=f"<{secret.replace(hidden, '')}>" if not hidden else "<x@northwind.example>",
    )
    entry = post.write(
        PAUL, "support@desk.example", "Export stops.", Subject=f"Export {secret}", From=f'"{secret}" <{PAUL}>'
    )
    assert "export" in still.latest(PAUL, "acknowledgement").mail["Subject"].lower()
    post.write(ANASTASIA, to_anastasia, "We are looking at it.")
    assert entry["ticket"] == "DESK-1002"
    answer = still.latest(NORA, "answer")
    assert "about it." in answer.text(), "the history is there"
    for sent in (answer, still.latest(PAUL, "acknowledgement")):
        assert not secrets_in(sent)


def test_threat_37_everything_that_left_for_a_customer_holds_no_secret_but_their_own(post: Post) -> None:
    """The audit over a whole life: acknowledgement, answers with history, a resolution, a second ticket."""
    still = post.still
    post.write(ANASTASIA, address(still, ANASTASIA), "Which browser?")
    post.write(NORA, address(still, NORA), f"Firefox.\n\n> from {address(still, NORA)}\n> Which browser?")
    public = address(still, ANASTASIA)  # what answers the note stays inside
    post.write(ANASTASIA, public, "#note\nask benedikt")
    post.write(ANASTASIA, public, "#resolve the index was rebuilt")
    post.write(NORA, address(still, NORA), "Thank you, and it is slow again.")
    outside = [sent for sent in still.sent if not sent.to.endswith("@desk.example")]
    assert {sent.purpose for sent in outside} >= {"acknowledgement", "answer", "resolved"}
    for sent in outside:
        assert not secrets_in(sent), sent.purpose
        for name in ("anastasia", "benedikt", "dominique"):
            assert name not in everything(sent).lower()
