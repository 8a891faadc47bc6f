"""What a test needs from the machine: without it the test is skipped with a sentence, and fails where it must not be.

`REPLYDESK_REQUIRE_SERVERS=1` (CI, `make servers`) turns every such skip into a failure, so that nothing is skipped
there without anybody noticing.
"""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """End the test because `what` is not here."""
    if os.environ.get("REPLYDESK_REQUIRE_SERVERS") == "1":
        pytest.fail(f"{what}; REPLYDESK_REQUIRE_SERVERS=1 does not let this test be skipped", pytrace=False)
    pytest.skip(what)


def is_long() -> bool:
    """Whether the long forms of the tests are wanted (`make nightly`)."""
    return os.environ.get("REPLYDESK_LONG") == "1"
