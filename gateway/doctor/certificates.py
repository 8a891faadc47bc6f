"""The certificate of the doors: readable, of its key, of our name, and good for a while yet.

Python's ssl reads dates only of a certificate that it has verified, so the chain is tried in a handshake between two
ends in memory, in which our own certificate is the only one that is trusted.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from gateway.doctor.finding import Finding, fine, problem, warning
from gateway.doctor.house import House

AREA = "certificates"
SOON = timedelta(days=21)
RENEW = "renew it, put the new files in place, and start the desk anew"
_EXPIRED, _NOT_YET = 10, 9  # X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID
_OTHER_NAME = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_ROUNDS = 20


def check(house: House) -> Iterator[Finding]:
    """smtp.certificate with smtp.private_key, and outgoing.ca_file."""
    smtp, ca_file = house.config.smtp, house.config.outgoing.ca_file
    if ca_file is not None:
        yield _authorities(ca_file)
    if smtp.certificate is None or smtp.private_key is None:
        submission = house.config.submission.listen
        if submission is not None and not is_loopback(submission.host):
            yield problem(
                AREA,
                f"there is no certificate: nobody outside this machine can log in at submission.listen {submission}",
                "name smtp.certificate and smtp.private_key",
            )
        outside = [str(d) for d in (smtp.listen, house.config.submission.listen) if d and not is_loopback(d.host)]
        if outside:
            yield warning(
                AREA,
                f"{', '.join(outside)} takes mail without STARTTLS: anybody on the way can read it",
                "name smtp.certificate and smtp.private_key",
            )
        else:
            yield fine(AREA, "no certificate is configured, and no mail door listens outside this machine")
        return
    yield from examine(smtp.certificate, smtp.private_key, smtp.hostname, house.now)


def examine(certificate: Path, key: Path, hostname: str, now: datetime) -> Iterator[Finding]:
    """What a client will make of it, first of all whether there is anything to make."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        server.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, _Encrypted) as error:
        yield _unusable(certificate, key, error)
        return
    try:
        found = shake_hands(server, certificate, "")
    except ssl.SSLCertVerificationError as error:
        yield _refused(certificate, error)
        return
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC)
    left = ends - now
    what = f"{certificate.name} is good until {ends:%Y-%m-%d}, {left.days} days"
    yield warning(AREA, what, RENEW) if left < SOON else fine(AREA, what)
    try:
        shake_hands(server, certificate, hostname)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code not in _OTHER_NAME:
            raise
        names = ", ".join(str(name) for _, name in _alternatives(found)) or "none"
        yield warning(
            AREA,
            f"{certificate.name} is not for {hostname}, the name of smtp.hostname; its names: {names}",
            "get one for that name, or set smtp.hostname to a name that it has",
        )
    else:
        yield fine(AREA, f"{certificate.name} is for {hostname}")


class _Encrypted(Exception):
    """The private key wants a password, and nobody would be there to type it."""


def _no_password() -> str:
    raise _Encrypted


def _unusable(certificate: Path, key: Path, error: Exception) -> Finding:
    fix = "put PEM files there that the desk's user can read: the chain, our certificate first, and its key"
    if isinstance(error, _Encrypted):
        return problem(
            AREA,
            f"the key {key} is encrypted: nobody can type its password",
            "store it without: openssl pkey -in … -out …",
        )
    if isinstance(error, ssl.SSLError):
        if "KEY_VALUES_MISMATCH" in (error.reason or ""):
            return problem(AREA, f"{key} is not the key of {certificate}", "bring the two that belong together")
        return problem(AREA, f"{certificate} and {key} cannot be used: {error.reason or 'they are no PEM files'}", fix)
    missing = next((file for file in (certificate, key) if not file.is_file()), certificate)
    return problem(AREA, f"{missing} cannot be read: {getattr(error, 'strerror', error)}", fix)


def _refused(certificate: Path, error: ssl.SSLCertVerificationError) -> Finding:
    if error.verify_code == _EXPIRED:
        return problem(AREA, f"{certificate.name} has expired", RENEW)
    if error.verify_code == _NOT_YET:
        return problem(AREA, f"{certificate.name} is not good yet", "look at the system's clock, or wait")
    return problem(AREA, f"{certificate.name} is refused: {error.verify_message}", RENEW)


def shake_hands(server: ssl.SSLContext, certificate: Path, hostname: str) -> dict[str, object]:
    """The certificate as a client sees it that trusts this one and no other; with a host name it is checked too."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = bool(hostname)
    client.load_verify_locations(certificate)
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    theirs = server.wrap_bio(up, down, server_side=True)
    ours = client.wrap_bio(down, up, server_hostname=hostname or None)
    ends = [ours, theirs]
    for _ in range(_ROUNDS):
        for end in list(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)
        if not ends:
            break
    return dict(ours.getpeercert() or {})


def _alternatives(found: dict[str, object]) -> tuple[tuple[str, str], ...]:
    names = found.get("subjectAltName", ())
    return names if isinstance(names, tuple) else ()


def _authorities(file: Path) -> Finding:
    try:
        ssl.create_default_context().load_verify_locations(file)
    except OSError as error:
        why = error.strerror if not isinstance(error, ssl.SSLError) else "it holds no certificate (PEM)"
        return problem(
            AREA, f"outgoing.ca_file {file} cannot be used: {why}", "put the certificate of your authority there"
        )
    return fine(AREA, f"outgoing.ca_file {file} can be read")


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
