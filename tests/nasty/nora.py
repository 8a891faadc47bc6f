"""A desk with one ticket of Nora's, told to its team. These are fixtures: a module that imports both has them."""

from __future__ import annotations

import pytest

from tests.desk import UNASKED, StillDesk
from tests.nasty.post import NORA, WORDS, Post


@pytest.fixture
def settings() -> dict[str, str]:
    """A mail that reminds of questions is written by the desk, and prolongs its reader's key: here nothing does."""
    return UNASKED


@pytest.fixture
def post(still: StillDesk) -> Post:
    """A desk with one ticket of Nora's, told to its team."""
    post = Post(still)
    entry = post.write(NORA, "support@desk.example", WORDS, Subject="Search is very slow")
    assert entry["ticket"] == "DESK-1001"
    return post
