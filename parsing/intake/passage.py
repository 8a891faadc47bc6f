"""A passage in which values are looked for, and a value that was found in it: what all kinds share."""

from __future__ import annotations

from dataclasses import dataclass

from parsing.message import Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Text in which a value may stand. `asked`: it is what somebody wrote where this very fact was asked for or named,
    so that a bare `25` or `b` is one; else a value must tell by its surroundings what it is. `files` came with it."""

    text: str
    asked: bool = False
    language: str = ""
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A value, and where it stands in the passage (`start:end`; 0:0 for a file). `sure` is false for what only may be
    meant."""

    value: str
    start: int = 0
    end: int = 0
    sure: bool = True
