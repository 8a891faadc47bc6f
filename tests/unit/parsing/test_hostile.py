"""Every mail that is built to hurt (intake 46 to 61; reliability 0.7, 0.8, 11 to 13, 32, 33; house 14, 15).

Each is read by `read`: no exception, something sensible kept (text, an attachment, or a defect that says what is
missing), nothing unclean in what is later put into our own headers, and for what is up to 1 MB at most half a second of
processor and 128 MB. `python -m tests.unit.parsing.test_hostile` prints the exact figures; the tests leave slow
machines a margin. The bombs are in `hostile.py`; what becomes of parts and files stands in `test_hostile_parts.py`, of
words in `test_hostile_words.py`.
"""

import os
import pickle
import resource
import time

import pytest

from parsing import limits
from parsing.portrait import as_json
from parsing.reading import read
from tests.unit.parsing.hostile import BOMBS, LARGE, MB, PAGE, is_sensible

SECONDS, MARGIN = 0.5, 4
MEGABYTES = 128


def cost(raw):
    """The mail, the seconds of processor of reading it, and the megabytes by which the process grew.

    Read in a child, whose peak begins at what its parent held when it was born.
    """
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            start = time.process_time()
            mail = read(raw)
            seconds = time.process_time() - start
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            with os.fdopen(there, "wb") as pipe:
                pickle.dump((mail, seconds, grown), pipe)
        finally:
            os._exit(0)
    os.close(there)
    with os.fdopen(here, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    assert said, "the reading process died"
    return pickle.loads(said)


@pytest.mark.parametrize("name", BOMBS)
def test_a_megabyte_is_read_in_half_a_second(name):
    raw = BOMBS[name]()
    assert len(raw) <= 1.02 * MB
    mail, seconds, held = cost(raw)
    assert seconds < SECONDS * MARGIN
    assert held < MEGABYTES
    assert is_sensible(mail)
    assert mail.text or mail.attachments or mail.defects or mail.calendar
    assert "the words" in mail.text or not raw.startswith(PAGE)
    assert len(mail.text) <= limits.BODY_TEXT * 1.1
    assert len(mail.attachments) <= limits.PARTS


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", LARGE)
def test_more_is_bounded(name):
    start = time.process_time()
    mail = read(LARGE[name]())
    assert time.process_time() - start < 20 * SECONDS
    assert is_sensible(mail)
    assert len(mail.text) <= limits.BODY_TEXT * 1.1


# Intake 47: what lies deep is not lost, and what was cut is said.


@pytest.mark.parametrize("name", ["500 nested multiparts", "2,000 nested multiparts", "400 nested mails"])
def test_deep_words_are_not_lost(name):
    mail = read(BOMBS[name]())
    assert "deep words" in mail.text or mail.attachments


def test_what_was_cut_is_said():
    assert any("parts" in defect for defect in read(BOMBS["100,000 parts"]()).defects)
    assert any("header block" in defect for defect in read(BOMBS["50,000 headers"]()).defects)
    assert any("lines" in defect for defect in read(LARGE["33 MB of empty lines"]()).defects)


# Intake 6: the headers that Python's own parser stumbles over.


@pytest.mark.parametrize("line", [
    b"Content-Type: text/plain; name*", b"To: (c):", b"Cc: (x): a@b;", b"Message-ID: <[b@x.com]>", b"Message-ID: <>",
    b"Content-Type: text/plain; charset=idna", b"Content-Type: /;;;===", b"From: a@[1.2.3.4", b"From: <>", b"Date: \0",
    b"Date: Mon, 5 Oct 99999 10:00:00 +0000", b"Date: " + b"9" * 181, b"Date: Mon, 5 Oct 2026 10:00:00 +9999",
    b"Date: 5 Oct 2026 25:61:61", b"References: <a <b> c>,d@x", b"Reply-To: ,,,;", b"Content-Disposition: ;;;;",
    b"Content-ID: <\xff>", b"Return-Path: <", b"Auto-Submitted: (((((", b"List-Id: \xe2\x80\xae",
    b"Content-Type: a\0/b",
])  # fmt: skip
def test_headers_that_python_stumbles_over(line):
    mail = read(line + b"\r\nFrom: a@x.test\r\nSubject: s\r\n\r\nthe words")
    assert is_sensible(mail)
    assert mail.text == "the words" or mail.attachments
    as_json(mail, "f")


def main():
    """Print what each costs."""
    for name, make in {**BOMBS, **LARGE}.items():
        raw = make()
        _, seconds, held = cost(raw)
        over = " OVER" if seconds > SECONDS or held > MEGABYTES else ""
        print(f"{seconds:7.3f} s {held:7.1f} MB  {len(raw) / MB:5.2f} MB  {name}{over}", flush=True)


if __name__ == "__main__":
    main()
