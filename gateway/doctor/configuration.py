"""The configuration: it is good (else nothing else could be examined), and what it warns of."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.doctor.finding import Finding, fine, warning
from gateway.doctor.house import House

AREA = "configuration"


def _say(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def check(house: House) -> Iterator[Finding]:
    """What `config check` says, and what is meant for demonstrations only."""
    config = house.config
    desk = config.policy
    counts = (
        _say(len(desk.addresses), "address", "addresses"),
        _say(len(desk.teams), "team", "teams"),
        _say(len(desk.agents), "member of staff", "members of staff"),
    )
    yield fine(AREA, f"{config.file}: {', '.join(counts)}")
    for text in config.warnings:
        yield warning(AREA, text, f"change it in {config.file.name} or in the environment")
    if config.clock_offset:
        yield warning(AREA, f"the desk's clock is shifted by {config.clock_offset}", "take clock.offset away")
