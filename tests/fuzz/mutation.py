"""A plain mutator: the same inputs from the same seeds every time, so that CI can search a little without atheris.

In: seeds and a number. Out: inputs, each a seed with a few things done to it that break parsers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

LARGEST = 30_000
MARKS = [
    b"\r\n", b"\n", b"\r", b"\0", b"\xff", b"\xe2\x80\xae", b"\xc3", b" ", b"\t", b'"', b"\\", b"(", b")", b"<", b">",
    b";", b":", b"=", b"=?utf-8?q?", b"?=", b"--", b"--b\r\n", b"> ", b"-- \n", b"&", b"&#", b"<!--", b"<div>",
    b"<blockquote>", b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n", b"From: ", b"On ", b" wrote:\n", b"99999999999999999999",
    b"-1", b"</div>",
    b"Content-Type: ", b"charset=utf-7", b"boundary=b", b"base64", b"=3D", b"^n", b"\\n", b"T240000Z", b"00000000",
]  # fmt: skip


def inputs(seeds: list[bytes], count: int, start: int = 0) -> Iterator[bytes]:
    """`count` inputs; the same for the same arguments."""
    for number in range(start, start + count):
        chance = random.Random(number)  # repeatable, and no secret
        data = chance.choice(seeds)
        for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
            data = _changed(data, seeds, chance)[:LARGEST]
        yield data


def _changed(data: bytes, seeds: list[bytes], chance: random.Random) -> bytes:
    here = chance.randrange(len(data) + 1)
    there = min(len(data), here + int(chance.expovariate(1 / 40)))
    match chance.randrange(8):
        case 0:
            return data[:here] + data[there:]
        case 1:
            return data[:here] + chance.choice(MARKS) + data[here:]
        case 2:
            return data[:here] + chance.choice(MARKS) + data[there:]
        case 3:
            return data[:here] + data[here:there] * chance.choice((2, 3, 50, 500)) + data[there:]
        case 4:
            other = chance.choice(seeds)
            cut = chance.randrange(len(other) + 1)
            return data[:here] + other[cut : cut + 500] + data[there:]
        case 5:
            return data[:here] + bytes([chance.randrange(256)]) + data[here + 1 :]
        case 6:
            return data[:here]
        case _:
            return data[:here] + chance.choice(MARKS) * chance.choice((3, 100, 2_000)) + data[here:]
