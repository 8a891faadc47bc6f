"""The tree: the same parts as the feed parser of the standard library makes, in a tenth of its time (intake 46, 47)."""

import random
import time
import tracemalloc
from email.feedparser import BytesFeedParser
from email.message import Message

import pytest

from parsing import limits
from parsing.reading import read
from parsing.structure.boundary import divide
from parsing.tree import grow


class Opaque(Message):
    """A part into which the feed parser descends only where we do."""

    def get_content_type(self):
        kind = super().get_content_type()
        return kind if kind.startswith("multipart/") else "text/plain"


def oracle(raw):
    parser = BytesFeedParser(Opaque)
    parser.feed(raw)
    return picture(parser.close(), _fields, lambda part: part.get_payload() if part.is_multipart() else None)


def _fields(part):
    found = {}
    for name, value in part.raw_items():
        found.setdefault(name.lower(), []).append(str(value))
    return found


def picture(part, fields_of, children_of):
    below = children_of(part)
    fields = list(fields_of(part).items())
    return fields, [picture(child, fields_of, children_of) for child in below] if below else vars(part)["_payload"]


def ours(raw):
    return picture(divide(raw, []), lambda part: part.fields, lambda part: part.children)


PART = b"Content-Type: text/plain\r\nX-A: 1\r\n folded\r\n\r\nwords\r\n"


OUTER = b"Content-Type: multipart/mixed; boundary=a\n\n--a\n"
INNER = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"Subject: x",
        b"Subject: x\r\n\r\nbody\r\n",
        b"Subject: x\nFrom: a\rTo: b\n\nbody\rbody",
        b"From me Mon Jan 1\nSubject: x\n\nbody",
        b"Subject: x\nno header line\n\nbody",
        b"\tcontinued first\nSubject: x\n\nbody",
        b":nameless\nSubject: x\n\nbody",
        b"Subject:   x  \n\ty\n\nbody",
        b"X: \xfc\n\n\xe4\xff",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n"
        + PART
        + b"--b\r\n"
        + PART
        + b"--b--\r\nend\r\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nno header\n--b--",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b \t\n\nspaces after it\n--bb\nx\n--b--  \n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nnot closed\n",
        b"Content-Type: multipart/mixed; boundary=b\r\r--b\r\rold macintosh\r--b--\r",
        b"Content-Type: multipart/mixed; boundary=b\n\nnever begun\n",
        b"Content-Type: multipart/mixed\n\n--b\n\nnameless\n--b--\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\ntwice\n--b--\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nX: y\n--b\n\nheader cut by a boundary\n--b--\n",
        b"Content-Type: multipart/mixed; boundary=a:b\n\n--a:b\nX: y\n--a:b\n\nlooks like a field\n--a:b--\n",
        OUTER + INNER + b"\none\n--b\n\ntwo\n--a\n\nouter ends inner\n--a--\n",
        OUTER + INNER + b"\none\n--b--\n--b\nepilogue\n--a\n\nnext\n--a--\n",
        OUTER + b"Content-Type: message/rfc822\n\nSubject: in\n" + INNER + b"\nx\n--b--\n--a--\n",
        OUTER + INNER.replace(b"b\n", b"ab\n") + b"\nprefix\n--ab--\n--a--\n",
    ],
)
def test_the_same_as_the_feed_parser(raw):
    assert ours(raw) == oracle(raw)


def test_the_same_for_chance_mails():
    chance = random.Random(11)
    lines = b"--a|--b|--a\r|--c||\r|words|X: y| z|--|\xe9 ".split(b"|")
    multiparts = [b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: multipart/mixed; boundary=c\n"]
    pieces = [line + b"\n" for line in lines + multiparts]
    for _ in range(3000):
        raw = b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\nfirst\n" + b"".join(chance.choices(pieces, k=14))
        assert ours(raw) == oracle(raw)


def test_what_the_feed_parser_would_lose():
    # A boundary that is closed before it begins: the text below it was dropped.
    raw = b"From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\nabove\n--b--\nbelow\n"
    assert "below" in read(raw).text
    raw = b"From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b--\n--b\n\nbegun after all\n--b--\n"
    assert read(raw).text.strip() == "begun after all"


def test_a_shared_boundary_belongs_to_the_outer_part():
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nwords\n--b--\n"
    )
    tree = grow(raw)
    assert [leaf.media.value for leaf in tree.leaves] == ["multipart/mixed", "multipart/alternative", "text/plain"]
    assert "words" in read(b"From: a@x.example\n" + raw).text


def test_parts_and_depth_are_bounded():
    many = b"From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000 + b"--b--\n"
    tree = grow(many)
    assert len(tree.leaves) == limits.PARTS + 1
    assert any("parts" in defect for defect in tree.defects)
    deep = b"From: a@x.example\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number) for number in range(500)
    )
    tree = grow(deep + b"\nwords\n")
    assert len(tree.leaves) == limits.DEPTH + 1
    assert "words" in read(deep + b"\nwords\n").text


@pytest.mark.parametrize(
    "body",
    [
        b"--\n" * 330_000,
        b"\r--" * 330_000,
        b"--b:\n" * 200_000,
        b"--" + b"b" * 1_000_000,
        b"--b\n" + b"X:\r" * 330_000,
        b"--b\n" + b"X" * 1_000_000,
        b"--b\n" + b" \n" * 500_000,
        b"--b\n" * 250_000,
        b"--b--\n" * 160_000,
        b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 20_000,
        b"".join(b"--b\nContent-Type: multipart/mixed; boundary=c%d\n\n" % number for number in range(18_000)),
    ],
    ids=lambda body: repr(body[:24]),
)
def test_hostile_structures_are_linear(body):
    raw = b"From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n" + body
    begin = time.process_time()
    divide(raw, [])
    assert time.process_time() - begin < 0.8
    tracemalloc.start()  # it makes everything ten times as slow, so it sees the first quarter
    divide(raw[: len(raw) // 4], [])
    assert tracemalloc.get_traced_memory()[1] < 32 << 20
    tracemalloc.stop()


def test_header_lines_are_bounded():
    """What stands behind the limit is text: nothing is lost."""
    head = b"From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n"
    one = grow(head + b"--b\n" + b"X: y\n" * (limits.HEADER_COUNT + 1) + b"\nwords\n--b--\n").leaves[1]
    assert len(one.fields["x"]) == limits.HEADER_COUNT
    assert one.content() == b"X: y\n\nwords"
    count = limits.HEADER_COUNT - 1
    begin = time.process_time()
    tree = grow(head + (b"--b\n" + b"X: y\n" * count + b"\nwords\n") * 100 + b"--b--\n")
    assert time.process_time() - begin < 1
    read_lines = sum(len(leaf.fields.get("x", ())) for leaf in tree.leaves)
    assert limits.HEADER_LINES - 200 < read_lines <= limits.HEADER_LINES
    assert all(leaf.content().endswith(b"words") for leaf in tree.leaves[1:])
