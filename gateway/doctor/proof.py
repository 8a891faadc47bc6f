"""Proof of who wrote a mail: whether anybody looks, and who may say what was seen.

In: the configuration. Out: findings. Where nobody looks, no author is ever proven and mail of staff is always held.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from gateway.doctor.finding import Finding, fine, warning
from gateway.doctor.house import House

AREA = "proof"


def check(house: House) -> Iterator[Finding]:
    """Our border's word, our own look, and the hosts that we believe."""
    config, desk = house.config, house.config.policy
    if desk.authserv_id:
        yield fine(AREA, f"Authentication-Results of {desk.authserv_id} are believed from {_named(desk.hops)}")
    if config.verify.enabled:
        yield fine(AREA, "the desk looks at SPF, DKIM and DMARC of mail that came over none of these hosts itself")
    if not desk.authserv_id and not config.verify.enabled:
        yield warning(
            AREA,
            "trust.authserv_id is empty and trust.verify is off: nobody's From is ever proven, staff is held",
            "name your mail server's authserv-id, the first word of the Authentication-Results that it writes; or let "
            'the desk look itself: trust.verify = true, and pip install "replydesk[verify]"',
        )
    elif desk.authserv_id and not desk.hops:
        yield warning(
            AREA,
            "trust.hops is empty: over SMTP and LMTP nobody's Authentication-Results are believed",
            "list the addresses of your mail servers in trust.hops",
        )
    public = sorted(hop for hop in desk.hops if ip_address(hop).is_global)
    if desk.authserv_id and public:
        yield warning(
            AREA,
            f"trust.hops has public addresses ({_named(public)}): whoever sends from there may speak for everybody",
            "see that only your own mail server sends from there, and that it removes Authentication-Results with "
            "your name from what comes in; better, reach it over a private network",
        )
    if desk.arc_sealers and not (desk.authserv_id or config.verify.enabled):
        yield warning(
            AREA,
            "trust.arc_sealers has no effect: nobody looks whether a chain of seals is whole",
            "set trust.authserv_id or trust.verify",
        )


def _named(hosts: frozenset[str] | list[str]) -> str:
    names = sorted(hosts)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "") or "nobody over SMTP"
