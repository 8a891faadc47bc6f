"""The configuration: it is good (else nothing else could be examined), and what it warns of."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.doctor.finding import Finding, fine, warning
from gateway.doctor.house import House

AREA = "configuration"


def check(house: House) -> Iterator[Finding]:
    """What `config check` says, and what is meant for demonstrations only."""
    config = house.config
    desk = config.policy
    yield fine(
        AREA,
        f"{config.file}: {len(desk.addresses)} addresses, {len(desk.teams)} teams, {len(desk.agents)} members of staff",
    )
    for text in config.warnings:
        yield warning(AREA, text, f"change it in {config.file.name} or in the environment")
    if config.clock_offset:
        yield warning(AREA, f"the desk's clock is shifted by {config.clock_offset}", "take clock.offset away")
