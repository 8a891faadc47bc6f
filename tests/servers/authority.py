"""An authority of our own for tests, with certificates that are good, expired or another's.

In: a folder, and what a certificate is for. Out: files in PEM form, made by openssl.
"""

from __future__ import annotations

import subprocess
from pathlib import Path


class Authority:
    """An authority of our own, and certificates for the smarthost: private key first, then the certificate."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.file = folder / "ca.pem"
        self._openssl("req", "-x509", "-days", "2", "-subj", "/CN=Authority", *self._new("ca.key"), "-out", self.file)

    def certificate(self, subject: str = "IP:127.0.0.1", days: int = 2) -> Path:
        chain = self._folder / f"{subject.replace(':', '-')}{days}.pem"
        self._openssl("req", "-new", "-subj", "/CN=smarthost", *self._new("own.key"), "-out", self._folder / "own.csr")
        (self._folder / "names").write_text(f"subjectAltName={subject}")
        signed = ["-CA", self.file, "-CAkey", self._folder / "ca.key", "-CAcreateserial", "-days", str(days)]
        names = ["-extfile", self._folder / "names", "-out", chain]
        self._openssl("x509", "-req", "-in", self._folder / "own.csr", *signed, *names)
        chain.write_text((self._folder / "own.key").read_text() + chain.read_text())
        return chain

    def _new(self, key: str) -> list[str | Path]:
        return ["-newkey", "rsa:2048", "-nodes", "-keyout", self._folder / key]

    def _openssl(self, *words: str | Path) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True)
