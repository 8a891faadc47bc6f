"""For whom a colleague's mail begins a ticket: never for the wrong customer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.rules.behalf import Behalf, bare, named, wished
from gateway.rules.desk import Desk
from gateway.rules.verbs.request import Refused
from parsing.command import commands
from parsing.message import Forwarded, Kind, Mailbox, ParsedMail
from parsing.reading import read

NORA = Mailbox(name="Nora Wind", address="Nora@Northwind.example")
CARRIED = Forwarded(from_=NORA, subject="The export stops", date=None, text="Ask olga@northwind.example, she knows.")


def mail(forwarded: Forwarded | None = None, text: str = "") -> ParsedMail:
    return ParsedMail(kind=Kind.HUMAN, subject="Fwd: x", reply=text, forwarded=forwarded)


def wish(desk: Desk, text: str = "", forwarded: Forwarded | None = None) -> Behalf | Refused | None:
    return wished(commands(text).commands, mail(forwarded, text), desk)


def test_r17_for_names_the_customer(desk: Desk) -> None:
    found = wish(desk, "#for Olga@Northwind.example\n#priority 2\n#notify")
    assert isinstance(found, Behalf)
    assert (found.person.address, found.named, found.notify) == ("olga@northwind.example", True, True)
    assert [command.verb for command in found.rest] == ["priority"]


@pytest.mark.parametrize(
    "args", ["<olga@x.example>", "olga@x.example<mailto:olga@x.example>", "olga@x.example <mailto:olga@x.example>"]
)
def test_for_reads_what_clients_make_of_an_address(desk: Desk, args: str) -> None:
    found = wish(desk, f"#for {args}")
    assert isinstance(found, Behalf)
    assert found.person.address == "olga@x.example"
    assert named(commands(f"#for {args}").commands, mail()) == ("olga@x.example",)


@pytest.mark.parametrize(
    ("args", "name"),
    [
        ("Petra Lang <petra@contoso.example>", "Petra Lang"),
        ('"Lang, Petra" <Petra@Contoso.example>', "Lang, Petra"),
        ("petra@contoso.example <mailto:petra@contoso.example>", ""),
        ("<petra@contoso.example>", ""),
    ],
)
def test_for_takes_a_name_with_the_address(desk: Desk, args: str, name: str) -> None:
    found = wish(desk, f"#for {args}")
    assert isinstance(found, Behalf)
    assert (found.person.address, found.person.name) == ("petra@contoso.example", name)
    assert named(commands(f"#for {args}").commands, mail()) == ("petra@contoso.example",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#for", "say for whom"),
        ("#for Petra <b@y.example> and others", "no address"),
        ("#for Benedikt <benedikt@desk.example>", "no person outside"),
        ("#for nobody", "nobody is no address"),
        ("#for support@desk.example", "no person outside"),
        ("#for support+kaaaaaaaaaaaaaaaaaaaaaaaaaa@desk.example", "no person outside"),
        ("#for benedikt@desk.example", "no person outside"),
        ("#for ops@desk.example", "no person outside"),
        ("#for no-reply@x.example", "no person outside"),
        ("#for all@lists.x.example", "no person outside"),
        ("#for a@x.example\n#for b@x.example", "a ticket has one requester"),
    ],
)
def test_for_refuses_whoever_is_no_customer(desk: Desk, text: str, reason: str) -> None:
    found = wish(desk, text)
    assert isinstance(found, Refused)
    assert reason in found.reason


def test_r06_a_forward_is_of_its_own_author(desk: Desk) -> None:
    """FreeScout #2813: not of an address that stands somewhere in the text."""
    found = wish(desk, "", CARRIED)
    assert isinstance(found, Behalf)
    assert (found.person.address, found.person.name, found.named) == ("nora@northwind.example", "Nora Wind", False)
    assert found.forwarded is CARRIED


def test_the_words_of_another_are_not_the_customers(desk: Desk) -> None:
    found = wish(desk, "#for olga@northwind.example", CARRIED)
    assert isinstance(found, Behalf)
    assert (found.person.name, found.forwarded) == ("", None)
    found = wish(desk, "#for nora@northwind.example", CARRIED)
    assert isinstance(found, Behalf)
    assert (found.person.name, found.forwarded) == ("Nora Wind", CARRIED)


@pytest.mark.parametrize("address", ["", "support@desk.example", "anastasia@desk.example", "noreply@shop.example"])
def test_a_forward_without_a_customer_is_held(desk: Desk, address: str) -> None:
    author = Mailbox(name="Somebody", address=address) if address else None
    found = wish(desk, "", replace(CARRIED, from_=author))
    assert isinstance(found, Refused)
    assert found.nearest == "#for name@example.org"


def test_a_colleague_of_their_own_asks_for_themselves(desk: Desk) -> None:
    assert wish(desk, "Something is broken here.") is None
    assert wish(desk, "#close") is None


ATTACHED = (
    "From: Anastasia Winter <anastasia@desk.example>\nTo: support@desk.example\nSubject: Fwd: two of them\n"
    'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
    "--b\nContent-Type: text/plain\n\n\n{parts}--b--\n"
)
PART = "--b\nContent-Type: message/rfc822\n\nFrom: {0}\nSubject: {1}\nTo: anastasia@desk.example\n\n{2}\n"


def test_r17_a_forward_without_a_mail_says_not_who_wrote_it() -> None:
    held = bare(mail())
    assert isinstance(held, Refused)
    assert "#for" in held.nearest
    assert bare(mail(CARRIED)) is None
    assert bare(replace(mail(), subject="Re: x")) is None


def test_several_attached_mails_have_one_author_or_none(desk: Desk) -> None:
    one = PART.format("Nora <nora@northwind.example>", "One", "It stops.")
    same = read(ATTACHED.format(parts=one + one).encode())
    found = wished((), same, desk)
    assert isinstance(found, Behalf)
    assert found.person.address == "nora@northwind.example"
    several = read(ATTACHED.format(parts=one + PART.format("Olga <olga@x.example>", "Two", "Mine too.")).encode())
    assert isinstance(wished((), several, desk), Refused)
