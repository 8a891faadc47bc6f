"""`python -m tests.fuzz --seconds N [--target NAME]`: search with atheris, a share of the time for each target.

What is found is made small, loses all words that do not matter, and is written to `tests/fuzz/found/TARGET-HASH`, where
`test_found.py` runs it from then on. Ends with 1 when something was found, with 2 when atheris is not there.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS, Target, check

FOUND = Path(__file__).parent / "found"
_WORD = re.compile(rb"[A-Za-z0-9\x80-\xff]{3,40}")
TRIES = 300
"""Attempts at making one found case smaller."""


def main() -> int:
    """Search one target or all of them."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="Search for inputs that break the reader."
    )
    parser.add_argument("--seconds", type=int, default=60, help="for all targets together")
    parser.add_argument("--target", choices=sorted(TARGETS), action="append", help="only this one; may be repeated")
    arguments = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed here: pip install --require-hashes -r fuzz.lock")
        return 2
    names = arguments.target or list(TARGETS)
    found = [path for name in names for path in _search(TARGETS[name], max(1, arguments.seconds // len(names)))]
    print(f"found {len(found)}: {', '.join(path.name for path in found)}" if found else "found nothing")
    return 1 if found else 0


def _search(target: Target, seconds: int) -> list[Path]:
    """One run of atheris in a process of its own: it ends its process when it finds something."""
    with tempfile.TemporaryDirectory() as folder:
        begin, crashes = Path(folder) / "seeds", Path(folder) / "found"
        begin.mkdir()
        crashes.mkdir()
        for number, seed in enumerate(seeds(target.kinds, corpus=True)):
            (begin / f"{number:05}").write_bytes(seed)
        command = [sys.executable, "-m", "tests.fuzz.search", target.name, str(seconds), str(begin), f"{crashes}/"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds * 2 + 120)
        lines = ended.stderr.splitlines()
        done = next((line for line in reversed(lines) if line.startswith(("Done ", "#"))), "no report")
        print(f"{target.name}: {done}", flush=True)
        paths = [_kept(target, path.read_bytes()) for path in sorted(crashes.iterdir())]
        if ended.returncode and not paths:
            print("\n".join(lines[-20:]))
        return paths


def _kept(target: Target, data: bytes) -> Path:
    data = _smallest(target, data)
    path = FOUND / f"{target.name}-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    print(f"  {path.name}, {len(data)} bytes: {_failure(target, data) or 'only within atheris'}", flush=True)
    return path


def _failure(target: Target, data: bytes) -> str:
    try:
        check(target, data)
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    return ""


def _smallest(target: Target, data: bytes) -> bytes:
    """The case without what it does not need to fail, as far as a few hundred attempts go."""
    if not _failure(target, data):
        return data
    left = TRIES
    size = max(1, len(data) // 2)
    while size and left:
        for shorter in _without(data, size):
            left -= 1
            if _failure(target, shorter):
                data = shorter
                break
            if not left:
                break
        else:
            size //= 2
    return _without_words(target, data)


def _without_words(target: Target, data: bytes) -> bytes:
    """Words that do not matter become `aaa`: a seed may have been a stranger's mail."""
    for word in sorted(set(_WORD.findall(data)), key=len, reverse=True)[:TRIES]:
        other = data.replace(word, b"a" * len(word))
        if _failure(target, other):
            data = other
    return data


def _without(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[:start] + data[start + size :]


if __name__ == "__main__":
    sys.exit(main())
