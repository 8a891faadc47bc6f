"""What may be sent at all, what an outcome is, and which ways out there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.transport import Outcome, Outgoing, Parcel, is_address, open_transport
from tests.unit.transport.sink import BODY, Reach, Sink


@pytest.mark.parametrize(
    ("code", "kind"), [(250, "delivered"), (0, "temporary"), (421, "temporary"), (452, "temporary"), (550, "permanent")]
)
def test_an_outcome_is_of_one_kind(code: int, kind: str) -> None:
    outcome = Outcome(code, "")
    assert [name for name in ("delivered", "temporary", "permanent") if getattr(outcome, name)] == [kind]


@pytest.mark.parametrize(
    "address",
    [
        *(
            "a@b.example>\r\nRCPT TO:<x@y.example",
            "a@b.example\n",
            "a b@c.example",
            "a@b.example SIZE=1",
            "<a@b.example",
        ),
        *("a@b\x00.example", "a\u2028@b.example", "a@b@c.example", "", "a", "@b.example", "a@", "a@b.exa mple", "a>@b"),
        *("x" * 250 + "@b.example", "a\u00a0b@c.example", "a\ud800@b.example"),
    ],
)
def test_what_could_be_read_as_a_command_is_no_address(address: str, sink: Sink, reach: Reach, tmp_path: Path) -> None:
    assert not is_address(address)
    good = Parcel(2, "", "a@b.example", BODY)
    bad = [Parcel(1, "", address, BODY), *([Parcel(1, address, "a@b.example", BODY)] if address else [])]
    for transport in (reach(sink.port), open_transport(Outgoing(url=f"maildir:{tmp_path}/sent", hostname="h"))):
        for parcel in bad:
            outcomes = dict(transport.send([parcel, good]))
            assert outcomes[1].permanent
            assert outcomes[2].delivered
    assert [c for c in sink.commands if c.startswith(("MAIL", "RCPT"))] == [
        c for _ in bad for c in (f"MAIL FROM:<>{_size(sink)}", "RCPT TO:<a@b.example>")
    ]
    assert len(list((tmp_path / "sent/new").iterdir())) == len(bad)


def _size(sink: Sink) -> str:
    return f" SIZE={len(BODY)}"


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\nb\r\n", b"a\r\n.\r\r\nb\r\n"])
def test_a_bare_line_end_is_never_sent(content: bytes, sink: Sink, reach: Reach) -> None:
    ((_, outcome),) = reach(sink.port).send([Parcel(1, "", "a@b.example", content)])
    assert (outcome.code, sink.connections) == (554, 0)


@pytest.mark.parametrize("url", ["", "http://x", "maildir:", "smtp://", "smtp://u:secret@h", "smtp://h/path"])
def test_an_url_that_leads_nowhere_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"outgoing\.url") as refusal:
        open_transport(Outgoing(url=url, hostname="h"))
    assert "secret" not in str(refusal.value)
