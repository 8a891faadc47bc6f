"""The certificate of the doors, for STARTTLS.

In: the paths of a PEM chain and its private key. Out: an SSL context for servers, or `BadCertificate` with a sentence
that says what to mend. A renewed certificate is taken up without a new start. It never asks for a passphrase.
"""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

log = logging.getLogger(__name__)


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


class Certificate:
    """The certificate of an open door: the last one that could be used. `wanted`: the desk has one configured."""

    def __init__(self, certificate: str = "", private_key: str = "") -> None:
        self._files = certificate, private_key
        self._seen: tuple[object, ...] = ()
        self._fault = ""
        self.wanted = bool(certificate)
        self.context: ssl.SSLContext | None = None
        self.renew()

    def renew(self) -> None:
        """Take up what stands in the files now. What cannot be used is said once, and what was there goes on."""
        if not self.wanted:
            return
        seen = tuple(_state(path) for path in self._files)
        if self.context and seen == self._seen:
            self._fault = ""
            return
        try:
            self.context = context(*self._files)  # a new one: a context that took half of a pair would be useless
            self._seen, self._fault = seen, ""
        except (BadCertificate, OSError) as error:
            if str(error) != self._fault:
                self._fault = str(error)
                log.error("%s; %s", error, "the old one goes on" if self.context else "STARTTLS is not offered")


def _state(path: str) -> object:
    """What changes when a file is renewed; None when it is not there."""
    try:
        stat = Path(path).stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino, stat.st_size


def _no_passphrase() -> str:
    """Without this OpenSSL would ask on the terminal."""
    raise ValueError


def _words(reason: str) -> str:
    """OpenSSL's `KEY_VALUES_MISMATCH` as words."""
    return reason.replace("_", " ").lower()
