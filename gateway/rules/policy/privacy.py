"""What never leaves towards somebody outside, as values: hosts, calendars and numbers of the house, and what may always
be said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """`hosts` are patterns of names (`*.corp.example`), addresses and networks (`10.20.0.0/16`) that are nobody's
    business outside; `machines` those that the configuration itself names and the world does not know. `calendars` are
    sites of calendars and meeting rooms beside the well-known ones, `phones` the numbers of members of staff. What is
    in `allow` may always be said: addresses, hosts, links, a hotline."""

    hosts: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
