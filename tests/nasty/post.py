"""People who write to a desk that stands still, and what they can get out of its answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.desk import Sent, StillDesk

NORA, PAUL, EVE = "nora@northwind.example", "paul@elsewhere.example", "eve@evil.example"
ANASTASIA, BENEDIKT, DOMINIQUE = "anastasia@desk.example", "benedikt@desk.example", "dominique@desk.example"
SUPPORT, OPS = "support@desk.example", "ops@desk.example"
WORDS = "The search takes twenty seconds, says canary-history."


class Post:
    """Mail of people who write to a desk."""

    def __init__(self, still: StillDesk) -> None:
        self.still = still
        self._count = 0

    def write(self, sender: str, to: str, words: str, *, proven: bool = True, **headers: str) -> dict[str, Any]:
        """A mail of `sender`; `proven` as our border says it. Headers are given with _ for -."""
        self._count += 1
        domain = sender.rpartition("@")[2]
        lines = {
            "Authentication-Results": f"mx.desk.example; dmarc={'pass' if proven else 'fail'} header.from={domain}",
            "From": f"Somebody <{sender}>",
            "To": to,
            "Subject": "Re: Search is very slow",
            "Message-ID": f"<n{self._count}@{domain}>",
        }
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\n" for name, value in lines.items())
        return self.still.mail(f"{head}\n{words}\n", sender, to)

    def since(self, before: int) -> list[Sent]:
        return self.still.sent[before:]


@contextmanager
def desk_with(folder: Path, template: Path, **budgets: int) -> Iterator[Post]:
    """A desk with other budgets than usual."""
    env = {f"REPLYDESK_BUDGET__{name.upper()}": str(value) for name, value in budgets.items()}
    with closing(StillDesk(folder / "desk", template, env)) as still:
        yield Post(still)


def open_ticket(post: Post, *, proven: bool = True) -> dict[str, Any]:
    return post.write(NORA, SUPPORT, WORDS, proven=proven, Subject="Search is very slow")


def outside(sent: list[Sent]) -> list[Sent]:
    return [mail for mail in sent if not mail.to.endswith("@desk.example")]


def address(still: StillDesk, of: str) -> str:
    """The secret address in the latest mail to somebody."""
    return str(still.latest(of).mail["Reply-To"])


def everything(sent: Sent) -> str:
    """All that its reader can get of it: as it stands and decoded."""
    parts = [part.get_payload(decode=True) for part in sent.mail.walk() if not part.is_multipart()]
    decoded = [part.decode("utf-8", "replace") for part in parts if isinstance(part, bytes)]
    return "\n".join([sent.raw.decode(), *map(str, sent.mail.values()), *decoded])


def trace_of(entry: dict[str, Any]) -> str:
    return "\n".join(f"{step['stage']} {step['what']}: {step['why']}" for step in entry["trace"])
