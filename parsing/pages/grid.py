"""Tables of HTML: which are data and which only lay out a page.

In: the rows of a finished table as ranges of lines. Out: the lines that stand for it. Data become rows `a | b`; a
layout (newsletters and signatures are full of them) becomes its lines, with the short cells of one row on one line
(`Tel: 030 1`). Must never decide by more than counts, so that a table of any size costs one look at each cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from parsing import limits

Line = tuple[int, str]
"""Depth of quotation and text."""

_BORDER = re.compile(r"""(?<![-\w])border\s{0,3}=\s{0,3}["']?[1-9]""", re.IGNORECASE)
_SOLID = re.compile(r"border[a-z-]{0,14}\s{0,3}:[^;\"']{0,60}(?:solid|windowtext)", re.IGNORECASE)
_WIDEST = 100  # characters of a layout row that are still written on one line
_LONG_CELL = 300


@dataclass(slots=True)
class Grid:
    """A table while it is read: its first line, the start of each cell, by row."""

    start: int
    layout: bool = False  # role=presentation, or a table inside
    ruled: bool = False  # has borders or header cells
    rows: list[list[int]] = field(default_factory=list)
    cells: int = 0

    def row(self) -> None:
        """A new row begins."""
        if self.cells < limits.HTML_CELLS:
            self.rows.append([])

    def cell(self, line: int) -> None:
        """A cell begins at this line."""
        if self.cells < limits.HTML_CELLS:
            self.cells += 1
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append(line)


def opened(tag: str, start: int) -> Grid:
    """A table by its tag."""
    return Grid(start=start, layout="presentation" in tag.lower(), ruled=bool(_BORDER.search(tag, 0, 1_000)))


def is_ruled(tag: str) -> bool:
    """Whether a cell draws a line around itself, as tables of Excel, Word and Google Sheets do."""
    if "border" not in tag:
        return False
    tag = tag[:2_000].lower()
    return ("solid" in tag or "windowtext" in tag) and _SOLID.search(tag) is not None


def written(grid: Grid, lines: list[Line]) -> list[Line]:
    """The lines of a table; `lines` are those from its start."""
    depth = lines[0][0] if lines else 0
    if grid.layout or grid.cells >= limits.HTML_CELLS or any(other != depth for other, text in lines if text):
        return lines
    rows = _cells(grid, [text for _, text in lines])
    if not rows:
        return lines
    if _is_data(grid, rows):
        return [(depth, " | ".join(" ".join(filter(None, cell)) for cell in row)) for row in rows if any(row)]
    out: list[str] = []
    for row in rows:
        said = [cell for cell in row if cell]
        together = " ".join(line for cell in said for line in cell)
        if len(said) > 1 and all(len(cell) == 1 for cell in said) and len(together) <= _WIDEST:
            out.append(together)
        else:
            out.extend(line for cell in said for line in cell)
    return [(depth, text) for text in out]


def _cells(grid: Grid, lines: list[str]) -> list[list[list[str]]]:
    """The lines of each cell, by row; nothing when something stands outside the cells."""
    starts = [start - grid.start for row in grid.rows for start in row]
    if not starts or any(lines[: starts[0]]):
        return []
    ends = [*starts[1:], len(lines)]
    cells = iter([_trimmed(lines[start:end]) for start, end in zip(starts, ends, strict=True)])
    return [[next(cells) for _ in row] for row in grid.rows if row]


def _trimmed(lines: list[str]) -> list[str]:
    """Without empty lines at both ends."""
    filled = [number for number, line in enumerate(lines) if line]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _is_data(grid: Grid, rows: list[list[list[str]]]) -> bool:
    """Ruled tables of at least two columns, and unruled ones of at least three columns and two rows whose cells are
    one line each: those are lists that someone typed, not a page."""
    widest = max(map(len, rows))
    if widest < 2 or any(sum(map(len, cell)) > _LONG_CELL for row in rows for cell in row):
        return False
    if grid.ruled:
        return True
    lengths = {len(row) for row in rows}
    return widest >= 3 and len(rows) >= 2 and len(lengths) == 1 and all(len(cell) == 1 for row in rows for cell in row)
