"""The certificate of the doors, for STARTTLS.

In: the paths of a PEM chain and its private key. Out: an SSL context for servers, or `BadCertificate` with a sentence
that says what to mend. It never asks for a passphrase.
"""

from __future__ import annotations

import ssl
from pathlib import Path


class BadCertificate(Exception):
    """The certificate cannot be used."""


def context(certificate: str | Path | None, private_key: str | Path | None) -> ssl.SSLContext | None:
    """What STARTTLS needs; None when no certificate is configured."""
    if not certificate or not private_key:
        return None
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    for key, path in (("smtp.certificate", certificate), ("smtp.private_key", private_key)):
        try:
            Path(path).open("rb").close()
        except OSError as error:
            raise BadCertificate(f"{key}: cannot read {path}: {error.strerror}; name a PEM file") from error
    try:
        found.load_cert_chain(certificate, private_key, password=_no_passphrase)
    except (ssl.SSLError, ValueError) as error:
        why = getattr(error, "reason", "") or "its private key has a passphrase"
        raise BadCertificate(
            f"smtp.certificate: {certificate} with {private_key} cannot be used ({_words(why)}); both are PEM files, "
            "the key belongs to the first certificate and has no passphrase"
        ) from error
    return found


def _no_passphrase() -> str:
    """Without this OpenSSL would ask on the terminal."""
    raise ValueError


def _words(reason: str) -> str:
    """OpenSSL's `KEY_VALUES_MISMATCH` as words."""
    return reason.replace("_", " ").lower()
