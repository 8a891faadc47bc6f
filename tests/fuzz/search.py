"""One target under atheris; started by `tests.fuzz`, and ended by libFuzzer.

In: target, seconds, folder of seeds, prefix of what is found. Only our own code is instrumented.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["parsing"]):
    from tests.fuzz.targets import TARGETS, check

PATIENCE = 8.0
"""Instrumented code is slower, and the first inputs pay for what is loaded late."""


def main() -> None:
    """Search until the time is over or something is found."""
    name, seconds, seeds, found = sys.argv[1:5]
    options = [f"-max_total_time={seconds}", "-max_len=20000", "-timeout=25", "-rss_limit_mb=3000", "-verbosity=1"]
    atheris.Setup(
        [sys.argv[0], *options, "-print_final_stats=1", f"-artifact_prefix={found}", seeds],
        lambda data: check(TARGETS[name], data, PATIENCE),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
