"""The key that mail is signed with: whether there is one, whether it is good, and whether the DNS has its other half.

In: the configuration, and an `Ask` where the DNS is asked. Out: findings. The private key is never in one; of the
public one only what is to be published.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.config.settings import Signing
from gateway.doctor.files import closed
from gateway.doctor.finding import Finding, fine, problem, warning
from gateway.doctor.house import House
from gateway.doctor.resolver import Ask
from gateway.signing import Key, NoKey, place, read_key, record

AREA = "signing"
_WAITS = "mail waits until then, nothing is lost"


def check(house: House) -> Iterator[Finding]:
    """The file of the key, and the key."""
    signing = house.config.outgoing.signing
    if signing is None:
        return
    try:
        key = read_key(signing.key_file)
    except NoKey as error:
        yield problem(AREA, f"no mail leaves, because none can be signed: {error}", f"mend it; {_WAITS}")
        return
    yield closed(signing.key_file, "outgoing.dkim_key_file", 0o007)
    yield fine(AREA, f"mail is signed for {signing.domain} with a key of {key.bits} bits ({_where(signing)})")


def published(signing: Signing, ask: Ask) -> Iterator[Finding]:
    """Whether receivers find this very key (RFC 6376 section 3.6.2); `Unanswered` goes to whoever asks."""
    try:
        key = read_key(signing.key_file)
    except NoKey:
        return  # `check` says it
    name = _where(signing)
    fix = f"publish as a TXT record of {name} (in pieces of at most 255 letters): {record(key)}"
    found = ask(name, "TXT")
    if not found:
        yield problem(AREA, f"the DNS has no DKIM key at {name}: our signatures mean nothing", fix)
    elif len(found) > 1:
        yield problem(AREA, f"the DNS has {len(found)} DKIM records at {name}: receivers may take any of them", fix)
    else:
        yield _compare(_tags(found[0]), key, name, fix)


def _compare(tags: dict[str, str], key: Key, name: str, fix: str) -> Finding:
    wanted = _tags(record(key))["p"]
    services, hashes = tags.get("s", "*").split(":"), tags.get("h", "sha256").lower().split(":")
    if tags.get("p") == "":
        return problem(AREA, f"the DKIM key at {name} is revoked (empty p=)", fix)
    if tags.get("p") != wanted:
        return problem(AREA, f"the DKIM key at {name} is another than ours: receivers refuse our signatures", fix)
    usable = tags.get("v", "DKIM1") == "DKIM1" and tags.get("k", "rsa").lower() == "rsa" and "sha256" in hashes
    if not usable or not {"*", "email"}.intersection(services):
        return problem(AREA, f"the DKIM record at {name} is for something else (v=, k=, h= or s=)", fix)
    if "y" in tags.get("t", "").lower().split(":"):
        return warning(
            AREA, f"the DKIM record at {name} says that it is a test (t=y): some receivers ignore it", "take t=y out"
        )
    return fine(AREA, f"the DNS has our DKIM key at {name}")


def _tags(text: str) -> dict[str, str]:
    """`a=b; c=d` (section 3.2), without white space."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip(): "".join(value.split()) for name, _, value in pairs}


def _where(signing: Signing) -> str:
    return place(signing.selector, signing.domain)
