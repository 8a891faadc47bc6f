"""When daily digests leave, in the configuration: `[digests]`, and `digest` of an `[[agent]]`.

In: tables as they were written. Out: a `Digests` value (rules/policy). Opens no file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from typing import Annotated, Protocol

from gateway.config.kinds import Table, expect, fits
from gateway.config.problem import UnfitError
from gateway.rules.policy.digests import OFF, SHIFT, Digests, When

WHEN = 'a time such as "08:00", "shift" (when the person\'s shift begins) or "off"'


def read_when(text: str) -> When:
    """`08:00`, `shift` or `off`."""
    if text in (OFF, SHIFT):
        return text
    hours, colon, minutes = text.partition(":")
    if not colon or not (text.isascii() and hours.isdigit() and minutes.isdigit()) or len(text) != len("08:00"):
        raise UnfitError
    if int(hours) > 23 or int(minutes) > 59:
        raise UnfitError
    return time(int(hours), int(minutes))


def _read_own(text: str) -> None:
    if text:
        read_when(text)


Usual = Annotated[str, fits(read_when)]
Own = Annotated[str, fits(_read_own)]


class DigestsTable(Table):
    at: Usual = expect(WHEN, SHIFT)


class Member(Protocol):
    """What a digest needs of an `[[agent]]`."""

    name: str
    digest: str


def build(table: DigestsTable, agents: Iterable[Member]) -> Digests:
    """When everybody's digest leaves."""
    own = {agent.name: read_when(agent.digest) for agent in agents if agent.digest}
    return Digests(usual=read_when(table.at), own=own)
