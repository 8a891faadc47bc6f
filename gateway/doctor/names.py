"""DNS of the desk's domain, when asked: where its mail goes, who may send for it, what receivers do with the rest.

In: an `Ask`. Out: findings; a question that nobody answered is a warning of its own. DKIM cannot be looked up without
its selector, which only whoever signs knows: we do where we sign.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.config.settings import Config
from gateway.doctor.certificates import is_loopback
from gateway.doctor.finding import Finding, fine, problem, warning
from gateway.doctor.policies import Spf, Unreadable, dmarc_tags, spf_records
from gateway.doctor.resolver import Ask, Unanswered
from gateway.doctor.signing import published

AREA = "dns"


def check(config: Config, ask: Ask) -> Iterator[Finding]:
    """MX, SPF, DMARC, PTR, DKIM."""
    for look in (_exchangers, _senders, _dmarc, _reverse, _dkim):
        try:
            yield from look(config, ask)
        except Unanswered as error:
            yield warning(AREA, f"the DNS gave no answer: {error}", "look at /etc/resolv.conf, and ask again")


def without_library() -> Finding:
    """What `--dns` says where dnspython is not installed."""
    return warning(AREA, "the DNS was not asked: dnspython is not installed", 'pip install "replydesk[dns]"')


def _exchangers(config: Config, ask: Ask) -> Iterator[Finding]:
    """RFC 5321 section 5.1; a single `.` is the null MX of RFC 7505: this domain takes no mail."""
    domain = config.policy.domain
    found = [record.split()[-1].rstrip(".").lower() for record in ask(domain, "MX")]
    fix = f"let an MX record of {domain} name the mail server in front of the desk"
    if not found:
        addresses = (*ask(domain, "A"), *ask(domain, "AAAA"))
        say = warning if addresses else problem
        yield say(AREA, f"{domain} has no MX record" + (", mail goes to its address" if addresses else ""), fix)
    elif found == [""]:
        yield problem(AREA, f"{domain} says that it takes no mail (null MX)", fix)
    else:
        dead = [name for name in found if not (ask(name, "A") or ask(name, "AAAA"))]
        if dead:
            yield problem(AREA, f"the MX {', '.join(dead)} of {domain} has no address", fix)
        else:
            yield fine(AREA, f"mail for {domain} goes to {', '.join(found)}")


def _senders(config: Config, ask: Ask) -> Iterator[Finding]:
    domain = config.policy.domain
    found = spf_records(ask(domain, "TXT"))
    if len(found) != 1:
        what = (
            f"{domain} has no SPF record" if not found else f"{domain} has {len(found)} SPF records: that is an error"
        )
        fix = f'publish exactly one, such as "v=spf1 mx -all", as a TXT record of {domain}'
        yield warning(AREA, what, fix) if not found else problem(AREA, what, fix)
        return
    host = sending_host(config)
    addresses = (*ask(host, "A"), *ask(host, "AAAA"))
    if not addresses:
        yield warning(
            AREA,
            f"whether SPF of {domain} allows us cannot be told: {host} has no address",
            "see that its record names the mail server that hands our mail to the world",
        )
    for address in addresses:
        yield _allowed(domain, found[0], host, address, ask)


def _allowed(domain: str, record: str, host: str, address: str, ask: Ask) -> Finding:
    walk = Spf(ask)
    try:
        result = walk.judge(domain, record, address)
        anybody = Spf(ask).judge(domain, record, "2001:db8::1" if ":" in address else "192.0.2.1")
    except Unreadable as error:
        return problem(AREA, f"SPF of {domain} cannot be used: {error}", "mend the record")
    who = f"{host} ({address})"
    if result == "pass" and anybody == "pass":
        return problem(AREA, f"SPF of {domain} lets everybody send for it", "end the record with -all")
    if result == "pass":
        return fine(AREA, f"SPF of {domain} allows {who}")
    unsure = f"; {', '.join(walk.guesses)} could not be judged" if walk.guesses else ""
    return warning(
        AREA,
        f"SPF of {domain} does not allow {who}: {result}{unsure}",
        "add it to the record, unless another server hands our mail to the world",
    )


def _dkim(config: Config, ask: Ask) -> Iterator[Finding]:
    if config.outgoing.signing is not None:
        yield from published(config.outgoing.signing, ask)
        return
    yield fine(
        AREA,
        "DKIM is not looked up: only your mail server knows its selector (dig TXT SELECTOR._domainkey."
        f"{config.policy.domain})",
    )


def sending_host(config: Config) -> str:
    """Who speaks to the world for us, as far as the configuration tells: the smarthost, else this host's own name."""
    way = config.outgoing
    return way.host if way.host and not is_loopback(way.host) else config.smtp.hostname


def _dmarc(config: Config, ask: Ask) -> Iterator[Finding]:
    """RFC 7489 section 6.6.3: the domain's own record, else that of the domain above it."""
    domain = config.policy.domain
    found = dmarc_tags(ask(f"_dmarc.{domain}", "TXT"))
    at = domain
    if not found and domain.count(".") > 1:
        at = domain.partition(".")[2]
        found = dmarc_tags(ask(f"_dmarc.{at}", "TXT"))
    if len(found) != 1:
        what = f"{domain} has no DMARC record" if not found else f"_dmarc.{at} has {len(found)} DMARC records"
        yield warning(
            AREA,
            f"{what}: anybody can write in the desk's name, and large receivers want one",
            f'publish "v=DMARC1; p=quarantine; rua=mailto:…" as a TXT record of _dmarc.{domain}',
        )
        return
    tags = found[0]
    policy = tags.get("sp" if at != domain and "sp" in tags else "p", "none")
    what = f"DMARC of {at} asks for {policy}"
    if policy == "none":
        yield warning(AREA, f"{what}: forged mail is let through", "once its reports are clean, change p to quarantine")
    else:
        yield fine(AREA, what + ("" if "rua" in tags else ", without reports (rua)"))


def _reverse(config: Config, ask: Ask) -> Iterator[Finding]:
    """The host's name must lead to an address whose name leads back: many receivers refuse others."""
    name = config.smtp.hostname
    addresses = (*ask(name, "A"), *ask(name, "AAAA"))
    if not addresses:
        yield warning(
            AREA, f"{name} (smtp.hostname) has no address", "set smtp.hostname to this host's name in the DNS"
        )
    for address in addresses:
        back = [found.rstrip(".").lower() for found in ask(address, "PTR")]
        if name.lower() in back:
            yield fine(AREA, f"{name} is {address}, and back")
        else:
            yield warning(
                AREA,
                f"{address} of {name} is called {', '.join(back) or 'nothing'} in the DNS",
                f"let whoever owns the address publish {name} as its PTR record",
            )
