"""Messages in files: an mbox is cut where it was put together, and what is large stays in its file."""

from __future__ import annotations

import mailbox
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.cli.boxes import HEAD, LARGE, messages

POSTMARK = b"From nora@n.example Fri Nov 20 14:00:00 2026\n"
ONE = b"From: a@a.example\nSubject: one\n\nFirst.\n"
TWO = b"From: b@b.example\nSubject: two\n\nSecond.\n"


def crlf(content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n")


def contents(path: Path) -> list[bytes]:
    return [b"".join(found.pieces()) for found in messages(path)]


def box(tmp_path: Path, content: bytes) -> list[bytes]:
    path = tmp_path / "box"
    path.write_bytes(content)
    return contents(path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (POSTMARK + ONE + b"\n" + POSTMARK + TWO, [ONE, TWO]),
        (POSTMARK + ONE + b"\n" + POSTMARK + TWO + b"\n", [ONE, TWO]),
        (POSTMARK + ONE + POSTMARK + TWO, [ONE, TWO]),
        (POSTMARK + ONE + b"\n\n" + POSTMARK + TWO, [ONE + b"\n", TWO]),
        (crlf(POSTMARK + ONE + b"\n" + POSTMARK + TWO), [crlf(ONE), crlf(TWO)]),
        (b"From - Fri Nov 20 14:00:00 2026\n" + ONE, [ONE]),
        (b"From MAILER-DAEMON Fri Nov  6 04:05:06 2026\n" + ONE, [ONE]),
        (b"From x@y Fri Nov 20 14:00:00 +0100 2026\n" + ONE, [ONE]),
        (POSTMARK + ONE.rstrip(), [ONE.rstrip()]),
        (POSTMARK, [b""]),
    ],
)  # fmt: skip
def test_an_mbox_is_cut_at_its_postmarks(tmp_path: Path, content: bytes, expected: list[bytes]) -> None:
    assert box(tmp_path, content) == expected


def test_lines_that_only_begin_with_from_do_not_cut(tmp_path: Path) -> None:
    words = ONE + b"\nFrom here on it is slow.\nFrom 14:00:00 on.\nFrom time to 14:00 time 2026\n"
    assert box(tmp_path, POSTMARK + words) == [words]


def test_quoted_lines_are_as_they_were_written(tmp_path: Path) -> None:
    quoted = ONE + b"\n>From the start.\n>>From twice.\n> From a reply.\nX >From\n"
    assert box(tmp_path, POSTMARK + quoted) == [
        ONE + b"\nFrom the start.\n>From twice.\n> From a reply.\nX >From\n",
    ]
    written = mailbox.mbox(tmp_path / "written")
    written.add(ONE + b"\nFrom nora@n.example Fri Nov 20 14:00:00 2026\nwords\n")
    written.add(TWO)
    written.close()
    first, second = contents(tmp_path / "written")
    assert first == ONE + b"\nFrom nora@n.example Fri Nov 20 14:00:00 2026\nwords\n"
    assert second == TWO


def test_a_line_without_an_end_is_no_matter(tmp_path: Path) -> None:
    long = ONE + b"x" * 3_000_000 + POSTMARK + b"\n>From y\n"
    assert box(tmp_path, POSTMARK + long) == [long.replace(b">From y", b"From y")]


def test_what_is_large_is_read_from_its_file(tmp_path: Path) -> None:
    large = ONE + b"0123456789abcde\n" * (LARGE // 16)
    exact = b"y" * LARGE
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.eml").write_bytes(large)
    (tmp_path / "folder" / "b.eml").write_bytes(exact)
    (tmp_path / "folder" / "c.mbox").write_bytes(POSTMARK + large + b"\n" + POSTMARK + TWO)
    seen = []
    for found in messages(tmp_path / "folder"):
        content = b"".join(found.pieces())
        assert content == b"".join(found.pieces()), "as often as it is asked"
        assert (found.size, found.sha256) == (len(content), sha256(content).hexdigest())
        assert found.head == content[:HEAD]
        assert found.content in (None, content)
        seen.append((content, found.content is None))
    assert seen == [(large, True), (exact, False), (large, True), (TWO, False)]


def test_a_maildir_and_a_folder(tmp_path: Path) -> None:
    for name in ("cur", "new", "tmp"):
        (tmp_path / "m" / name).mkdir(parents=True)
    (tmp_path / "m" / "new" / "1.x").write_bytes(TWO)
    (tmp_path / "m" / "cur" / "2.x:2,S").write_bytes(ONE)
    (tmp_path / "m" / "tmp" / "3.x").write_bytes(b"half")
    assert contents(tmp_path / "m") == [ONE, TWO]
    (tmp_path / "f" / ".hidden").mkdir(parents=True)
    (tmp_path / "f" / ".hidden" / "x.eml").write_bytes(ONE)
    (tmp_path / "f" / ".DS_Store").write_bytes(b"x")
    (tmp_path / "f" / "a.eml").write_bytes(ONE)
    assert contents(tmp_path / "f") == [ONE]
    assert contents(tmp_path / "f" / "a.eml") == [ONE]


def test_an_eml_is_one_message_whatever_stands_before_it(tmp_path):
    """Programs that saved it from an mbox left its postmark, and a body may quote another."""
    postmark = b"From %b Mon Jul 13 09:00:00 2026\n"
    content = postmark % b"a@b.example" + b"Subject: x\n\nsee\n\n" + postmark % b"c@d.example" + b"So\n"
    (tmp_path / "one.eml").write_bytes(content)
    (tmp_path / "box").write_bytes(content.replace(b"\nSo", b"\nSubject: y\n\nSo"))
    assert [found.content for found in messages(tmp_path / "one.eml")] == [content]
    assert len(list(messages(tmp_path))) == 3


def test_the_name_of_the_folder_that_was_named_counts_for_nothing(tmp_path, monkeypatch):
    """`import ~/.export` and `import ..` mean what they say; what is hidden below is not meant, however deep."""
    (tmp_path / ".export" / ".git" / "deeper").mkdir(parents=True)
    (tmp_path / ".export" / "a.eml").write_bytes(ONE)
    (tmp_path / ".export" / ".git" / "deeper" / "b.eml").write_bytes(TWO)
    (tmp_path / ".export" / "2026").mkdir()
    (tmp_path / ".export" / "2026" / "c.eml").write_bytes(TWO)
    assert contents(tmp_path / ".export") == [TWO, ONE]
    monkeypatch.chdir(tmp_path / ".export" / "2026")
    assert contents(Path("..")) == [TWO, ONE]
    assert contents(Path()) == [TWO]
