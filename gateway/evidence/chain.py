"""ARC (RFC 8617): is the chain of seals whole, so that the newest sealer vouches for all that it carries?

In: a canonical mail, an `Ask`. Out: a result in the words of RFC 8601 and the newest sealer. Whom to believe is not
decided here. At most `INSTANCES` sets: each costs two look-ups.
"""

from __future__ import annotations

from gateway.evidence.canonical import Canonical, Field
from gateway.evidence.questions import Ask, Unanswered
from gateway.evidence.signature import Outcome, Unusable, check, check_message, seal_key, tags, without_signature

INSTANCES = 10
_SEAL, _SIGNATURE, _SEEN = b"arc-seal", b"arc-message-signature", b"arc-authentication-results"

Set = dict[bytes, Field]


def newest_sealer(mail: Canonical) -> str:
    """The domain of the newest seal; empty when there is no chain that could be looked at."""
    try:
        sets = _sets(mail)
        return tags(sets[-1][_SEAL].value).get("d", "").lower().rstrip(".") if sets else ""
    except Unusable:
        return ""


def verify(mail: Canonical, ask: Ask) -> Outcome:
    """Section 5.2: the newest message signature and every seal are good, and no seal says that the chain was broken."""
    try:
        sets = _sets(mail)
        if not sets:
            return Outcome("none")
        _check_claims(sets)
        signature = sets[-1][_SIGNATURE]
        found = tags(signature.value)
        if "arc-seal" in found.get("h", "").lower().split(":"):
            raise Unusable("fail", "its message signature signs a seal")
        check_message(mail, signature, found, ask)
        for count in range(len(sets), 0, -1):
            _check_seal(sets[:count], ask)
    except Unusable as error:
        return Outcome("fail", str(error.args[1]))
    except Unanswered as error:
        return Outcome("temperror", str(error))
    return Outcome("pass")


def _sets(mail: Canonical) -> list[Set]:
    """Each instance from 1 up with its three headers, each once; raises `Unusable` when there are others."""
    found: dict[int, Set] = {}
    for name in (_SEEN, _SIGNATURE, _SEAL):
        for field in mail.named(name):
            number = _instance(field)
            if number > INSTANCES or name in found.setdefault(number, {}):
                raise Unusable("fail", "the chain has an instance twice, or too many")
            found[number][name] = field
    if found.keys() != set(range(1, len(found) + 1)) or any(len(one) != 3 for one in found.values()):
        raise Unusable("fail", "the chain is not whole")
    return [found[number] for number in sorted(found)]


def _instance(field: Field) -> int:
    """The i= tag; in Authentication-Results it comes first."""
    name, _, text = field.value.partition(b";")[0].partition(b"=")
    if field.name != _SEEN:
        text = tags(field.value).get("i", "").encode()
    elif name.strip() != b"i":
        raise Unusable("fail", "an instance has no number")
    text = text.strip()
    return int(text) if text.isdigit() and len(text) <= 3 and int(text) else INSTANCES + 1


def _check_claims(sets: list[Set]) -> None:
    for position, one in enumerate(sets):
        found = tags(one[_SEAL].value)
        if found.get("cv") != ("pass" if position else "none") or "h" in found:
            raise Unusable("fail", f"seal {position + 1} does not say that the chain was good")


def _check_seal(sets: list[Set], ask: Ask) -> None:
    """The newest seal of these: it covers all their headers in the order of section 5.1.1, itself last."""
    newest = sets[-1][_SEAL]
    found = tags(newest.value)
    key = seal_key(found, ask)
    parts = [one[name].canonical("relaxed") for one in sets for name in (_SEEN, _SIGNATURE, _SEAL)]
    parts[-1] = newest.canonical("relaxed", without_signature(newest.value))
    check(key, found, b"\r\n".join(parts))
