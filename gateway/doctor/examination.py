"""The examination: every check, each by itself, in the order in which an operator mends things.

In: a checked configuration, and an `Ask` where the DNS is to be asked. Out: the findings. A check that raises or does
not end is a finding of its own and keeps no other from being made.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from gateway.config.settings import Config
from gateway.doctor import (
    calendars,
    certificates,
    clock,
    configuration,
    disk,
    doors,
    durability,
    files,
    leaving,
    mailboxes,
    names,
    proof,
    signing,
    storage,
    waiting,
)
from gateway.doctor.finding import Finding, problem, warning
from gateway.doctor.house import House, open_house
from gateway.doctor.resolver import Ask
from store.engine import StoreBusy, StoreError

CHECK_SECONDS = 10.0
"""How long one check may take. The DNS has a few questions more, each with its own end."""
DNS_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Check:
    """One subject: its area and how it is looked at."""

    area: str
    look: Callable[[], Iterable[Finding]]
    seconds: float = CHECK_SECONDS


PATIENT = {leaving.AREA: leaving.ALL_SECONDS, mailboxes.AREA: mailboxes.ALL_SECONDS}
"""Subjects that may take longer than the others."""

SUBJECTS: tuple[tuple[str, Callable[[House], Iterator[Finding]]], ...] = (
    (configuration.AREA, configuration.check),
    (proof.AREA, proof.check),
    (files.AREA, files.check),
    (signing.AREA, signing.check),
    (storage.AREA, storage.check),
    (durability.AREA, durability.check),
    (disk.AREA, disk.check),
    (clock.AREA, clock.check),
    (doors.AREA, doors.check),
    (certificates.AREA, certificates.check),
    (leaving.AREA, leaving.check),
    (mailboxes.AREA, mailboxes.check),
    (waiting.AREA, waiting.check),
    (calendars.AREA, calendars.check),
)


def examine(config: Config, *, dns: bool = False, ask: Ask | None = None) -> Iterator[Finding]:
    """All findings, as they come."""
    house = open_house(config)
    checks = [Check(area, _of(look, house), PATIENT.get(area, CHECK_SECONDS)) for area, look in SUBJECTS]
    if dns and ask is None:
        checks.append(Check(names.AREA, lambda: [names.without_library()]))
    elif ask is not None:
        checks.append(Check(names.AREA, lambda: names.check(config, ask), DNS_SECONDS))
    try:
        for check in checks:
            yield from isolated(check)
    finally:
        if house.store is not None:
            house.store.close()


def _of(look: Callable[[House], Iterator[Finding]], house: House) -> Callable[[], Iterable[Finding]]:
    return lambda: look(house)


def isolated(check: Check) -> list[Finding]:
    """What the check finds within its time; whatever goes wrong with it is said, never raised."""
    found: list[Finding] = []

    def look() -> None:
        try:
            found.extend(check.look())  # what was found before an exception counts
        except StoreBusy as error:
            what = f"the store is busy ({error}): this could not be looked at"
            found.append(warning(check.area, what, "ask again in a moment"))
        except StoreError as error:
            found.append(problem(check.area, f"the store: {error}", "mend the store, then ask again"))
        except OSError as error:
            name = f"{error.filename}: " if error.filename else ""
            found.append(
                problem(check.area, f"{name}{error.strerror or error}", "mend its rights, or ask as another user")
            )
        except Exception as error:  # noqa: BLE001 - one check must not cost the others
            found.append(
                warning(
                    check.area,
                    f"the check itself failed: {type(error).__name__}",
                    "this is a fault of replydesk: please report it with this line",
                )
            )

    thread = threading.Thread(target=look, daemon=True, name=f"doctor-{check.area}")
    thread.start()
    thread.join(check.seconds)
    if thread.is_alive():
        what = f"the check did not end within {check.seconds:.0f} s"
        return [
            *found,
            problem(check.area, what, "something that it asks hangs: the disk, the store or the other side"),
        ]
    return found
