"""A certificate that nobody trusts, made while the tests run: no key belongs into the repository."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.servers.requirement import missing


def make_certificate(folder: Path, name: str = "desk", passphrase: str = "") -> tuple[Path, Path]:
    """The files of a certificate and of its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        missing("there is no openssl here to make a certificate with")
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    guard = ["-passout", f"pass:{passphrase}"] if passphrase else ["-nodes"]
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", *guard, "-days", "2",
         "-subj", "/CN=mail.desk.example", "-out", str(certificate), "-keyout", str(key)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return certificate, key
