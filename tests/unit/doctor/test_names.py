"""The DNS of a desk's domain, with a resolver that only knows what a test tells it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.cli.init import write_desk
from gateway.config.loading import load
from gateway.config.settings import Config
from gateway.doctor import names
from gateway.doctor.finding import Level
from gateway.doctor.policies import Spf, Unreadable, dmarc_tags, spf_records
from gateway.doctor.resolver import Ask, Unanswered, resolver, through

GOOD = {
    ("desk.example", "MX"): ("10 mx.desk.example.",),
    ("mx.desk.example", "A"): ("192.0.2.10",),
    ("desk.example", "TXT"): ("some words", "v=spf1 ip4:198.51.100.0/24 mx include:_spf.relay.example -all"),
    ("_spf.relay.example", "TXT"): ("v=spf1 a:out.relay.example ~all",),
    ("out.relay.example", "A"): ("203.0.113.5",),
    ("mail.desk.example", "A"): ("198.51.100.7",),
    ("198.51.100.7", "PTR"): ("mail.desk.example.",),
    ("_dmarc.desk.example", "TXT"): ("v=DMARC1; p=reject; rua=mailto:d@desk.example",),
}
Zone = dict[tuple[str, str], tuple[str, ...]]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return load(write_desk(tmp_path_factory.mktemp("desk") / "d", demo=True), {})


def asking(zone: Zone) -> Ask:
    return lambda name, kind: zone.get((name.rstrip("."), kind), ())


def wrong(config: Config, **changes: tuple[str, ...]) -> dict[str, Level]:
    """What is not fine when records are changed; a key is `NAME TYPE`."""
    zone = GOOD | {(key.split(" ")[0], key.split(" ")[1]): value for key, value in changes.items()}
    found = list(names.check(config, asking(zone)))
    assert all(finding.fix for finding in found if finding.level is not Level.OK)
    assert any("DKIM" in finding.what for finding in found)
    return {finding.what: finding.level for finding in found if finding.level is not Level.OK}


def test_a_domain_that_is_well(config: Config) -> None:
    assert wrong(config) == {}


@pytest.mark.parametrize(
    ("record", "value", "says", "level"),
    [
        ("desk.example MX", (), "no MX record", Level.PROBLEM),
        ("desk.example MX", ("0 .",), "null MX", Level.PROBLEM),
        ("desk.example MX", ("10 gone.desk.example.",), "gone.desk.example of desk.example has no", Level.PROBLEM),
        ("desk.example TXT", (), "no SPF record", Level.WARNING),
        ("desk.example TXT", ("v=spf1 -all", "v=spf1 mx"), "2 SPF records", Level.PROBLEM),
        ("desk.example TXT", ("v=spf1 mx -all",), "mail.desk.example (198.51.100.7): fail", Level.WARNING),
        ("desk.example TXT", ("v=spf1 exists:%{i}.x ~all",), "exists:%{i}.x could not be judged", Level.WARNING),
        ("desk.example TXT", ("v=spf1 +all",), "everybody", Level.PROBLEM),
        ("desk.example TXT", ("v=spf1 include:none.example -all",), "0 SPF records", Level.PROBLEM),
        ("desk.example TXT", ("v=spf1 ip4:nonsense -all",), "nonsense is no network", Level.PROBLEM),
        ("desk.example TXT", ("v=spf1 bogus -all",), "bogus", Level.PROBLEM),
        ("desk.example TXT", ("v=spf1 include:desk.example -all",), "more than 10 look-ups", Level.PROBLEM),
        ("_dmarc.desk.example TXT", (), "no DMARC record", Level.WARNING),
        ("_dmarc.desk.example TXT", ("v=DMARC1; p=none",), "asks for none", Level.WARNING),
        ("_dmarc.desk.example TXT", ("v=DMARC1;p=none", "v=DMARC1;p=none"), "2 DMARC records", Level.WARNING),
        ("198.51.100.7 PTR", (), "is called nothing", Level.WARNING),
        ("198.51.100.7 PTR", ("host7.isp.example.",), "is called host7.isp.example", Level.WARNING),
    ],
)  # fmt: skip
def test_what_is_said_of_a_domain_that_is_not(
    config: Config, record: str, value: tuple[str, ...], says: str, level: Level
) -> None:
    found = wrong(config, **{record: value})
    assert [found[what] for what in found if says in what] == [level], found


def test_the_smarthost_is_who_sends(config: Config) -> None:
    way = replace(config.outgoing, scheme="smtp", host="out.relay.example", port=587)
    assert wrong(replace(config, outgoing=way)) == {}
    found = names.check(replace(config, outgoing=way), asking(GOOD))
    assert any("allows out.relay.example (203.0.113.5)" in finding.what for finding in found)
    assert names.sending_host(replace(config, outgoing=replace(way, host="127.0.0.1"))) == "mail.desk.example"


def test_a_resolver_that_is_silent(config: Config) -> None:
    def silent(name: str, kind: str) -> tuple[str, ...]:
        raise Unanswered(f"{name} {kind}: LifetimeTimeout")

    found = list(names.check(config, silent))
    assert [finding.level for finding in found] == [Level.WARNING] * 4 + [Level.OK]
    assert "no answer" in found[0].what


def test_the_library_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    original: Callable[..., object] = builtins.__import__

    def without(name: str, *words: object, **more: object) -> object:
        if name.startswith("dns"):
            raise ModuleNotFoundError(name)
        return original(name, *words, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert resolver() is None
    finding = names.without_library()
    assert finding.level is Level.WARNING
    assert "replydesk[dns]" in finding.fix


# Policies


@pytest.mark.parametrize(
    ("record", "address", "result"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", "192.0.2.9", "pass"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "192.0.3.9", "fail"),
        ("v=spf1 ip6:2001:db8::/32 ?all", "2001:db8::5", "pass"),
        ("v=spf1 ip6:2001:db8::/32 ?all", "192.0.2.9", "neutral"),
        ("v=spf1 a:out.relay.example/24 ~all", "203.0.113.77", "pass"),
        ("v=spf1 a ~all", "203.0.113.77", "softfail"),
        ("v=spf1 mx -all", "192.0.2.10", "pass"),
        ("v=spf1 redirect=_spf.relay.example", "203.0.113.5", "pass"),
        ("v=spf1 -ip4:192.0.2.9 +all", "192.0.2.9", "fail"),
        ("v=spf1 exp=x.example", "192.0.2.9", "neutral"),
        ("v=spf1", "192.0.2.9", "neutral"),
    ],
)
def test_spf(record: str, address: str, result: str) -> None:
    assert Spf(asking(GOOD)).judge("desk.example", record, address) == result


def test_spf_ends_where_receivers_end() -> None:
    loop: Zone = {("a.example", "TXT"): ("v=spf1 redirect=a.example",)}
    with pytest.raises(Unreadable, match="more than 10"):
        Spf(asking(loop)).judge("a.example", "v=spf1 redirect=a.example", "192.0.2.1")


def test_records_are_told_from_other_texts() -> None:
    assert spf_records(("v=spf1", "V=SPF1 -all", "v=spf10 x", "v=DMARC1")) == ["v=spf1", "V=SPF1 -all"]
    assert dmarc_tags(("v=DMARC1 ; P = none;", "v=spf1", "")) == [{"v": "DMARC1", "p": "none", "": ""}]


@pytest.mark.parametrize("folder", [Path("gateway/doctor")])
def test_nothing_but_the_resolver_needs_the_library(folder: Path) -> None:
    root = Path(__file__).parents[3]
    naming = [file.name for file in (root / folder).glob("*.py") if "import dns" in file.read_text("utf-8")]
    assert naming == ["resolver.py"]


# The library


@pytest.fixture
def server() -> Iterator[Ask]:
    """A name server on loopback that knows `GOOD`, does not answer for slow.example and fails for broken.example."""
    resolvers = pytest.importorskip("dns.resolver")
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(sock,), daemon=True)
    thread.start()
    system = resolvers.Resolver(configure=False)
    system.nameservers, system.port = ["127.0.0.1"], sock.getsockname()[1]
    ask = through(system)
    system.lifetime = 0.5
    yield ask
    sock.sendto(b"", sock.getsockname())
    thread.join(10)
    sock.close()


def _serve(sock: socket.socket) -> None:
    import dns.message
    import dns.rcode
    import dns.rdatatype
    import dns.rrset

    while True:
        data, client = sock.recvfrom(4096)
        if not data:
            return
        query = dns.message.from_wire(data)
        asked = query.question[0]
        name, kind = asked.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(asked.rdtype)
        if name == "slow.example":
            continue
        answer = dns.message.make_response(query)
        if name == "7.100.51.198.in-addr.arpa":
            name = "198.51.100.7"
        known = GOOD.get((name, kind), ())
        words = [" ".join(f'"{half}"' for half in (r[:5], r[5:])) if kind == "TXT" else r for r in known]
        if words:
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *words))
        elif name == "broken.example":
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif not any(name == known_name for known_name, _ in GOOD):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        sock.sendto(answer.to_wire(), client)


def test_the_library_is_asked(server: Ask, config: Config) -> None:
    for (name, kind), records in GOOD.items():
        assert sorted(server(name, kind)) == sorted(records)
    assert server("desk.example", "A") == server("none.example", "A") == ()
    for name in ("slow.example", "broken.example", "a..b", "x" * 64 + ".example"):
        with pytest.raises(Unanswered):
            server(name, "A")
    found = list(names.check(config, server))
    assert {finding.level for finding in found} == {Level.OK}, found


def test_a_machine_without_a_name_server(monkeypatch: pytest.MonkeyPatch, config: Config) -> None:
    library = pytest.importorskip("dns.resolver")

    def nothing() -> None:
        raise library.NoResolverConfiguration

    monkeypatch.setattr(library, "Resolver", nothing)
    ask = resolver()
    assert ask is not None
    assert "names no DNS server" in next(iter(names.check(config, ask))).what
