"""Files in the text of a mail: uuencode and yEnc (intake 48)."""

import binascii
import time

import pytest

from parsing import limits
from parsing.attachment import cut
from parsing.reading import read
from parsing.structure.uuencoded import taken


def uu(data, name=b"a.bin", mode=b"644", end=b"`\nend\n"):
    lines = b"".join(binascii.b2a_uu(data[at : at + 45], backtick=True) for at in range(0, len(data), 45))
    return b"begin " + mode + b" " + name + b"\n" + lines + end


def yenc(data, name=b"photo.jpg"):
    out = bytearray()
    for byte in data:
        shifted = (byte + 42) % 256
        out += bytes([61, (shifted + 64) % 256]) if shifted in {0, 10, 13, 61} else bytes([shifted])
    lines = b"\r\n".join(bytes(out[at : at + 128]) for at in range(0, len(out), 128))
    return b"=ybegin line=128 size=%d name=%b\r\n%b\r\n=yend size=%d\r\n" % (len(data), name, lines, len(data))


DATA = bytes(range(256)) * 3


@pytest.mark.parametrize("end", [b"`\nend\n", b" \nend\n", b"\nend\n", b"end\n"])
@pytest.mark.parametrize("eol", [b"\n", b"\r\n"])
def test_one_file(end, eol):
    text = (b"Dear desk,\n\nhere it is.\n\n" + uu(DATA, b"my report.doc", end=end) + b"\nRegards\n").replace(b"\n", eol)
    found = taken(text)
    assert found.files == [(b"my report.doc", DATA)]
    assert found.text.split() == b"Dear desk, here it is. Regards".split()
    assert not found.broken


def test_several_files_one_after_another():
    found = taken(
        b"text\n" + uu(b"one", b"1.txt") + uu(b"two" * 50, b"2.txt") + b"\nmore\n" + uu(b"3", b"3.txt", b"0755")
    )
    assert [name for name, _ in found.files] == [b"1.txt", b"2.txt", b"3.txt"]
    assert found.text.split() == [b"text", b"more"]


def test_lost_spaces_at_line_ends():
    lines = b"".join(binascii.b2a_uu(b"start" + bytes(40)).rstrip() + b"\n" for _ in range(3))
    found = taken(b"begin 644 zeros\n" + lines + b"\nend\n")
    assert found.files == [(b"zeros", (b"start" + bytes(40)) * 3)]


@pytest.mark.parametrize(
    "text",
    [
        b"begin 644 is how a uuencoded file starts\nand then come its lines\n",
        b"begin 644 x\n\nend\n",
        b"begin 10 minutes earlier\n",
        b"We begin 644 x\nM" + b"A" * 60 + b"\nend\n",
        b"begin 644 a\nHELLO\nTHERE\nend\n",
        b"begin 644 a\nM" + b"words " * 10 + b"\nend\n",
        b"begin-base64 644 a\n" + b"TUFO" * 15 + b"\n====\n",
    ],
)
def test_words_about_it_stay_words(text):
    assert taken(text) is None


def test_a_file_that_does_not_end():
    found = taken(uu(DATA)[:400])
    assert found.broken
    assert found.files[0][1] == DATA[: 45 * 6]


def test_yenc():
    found = taken(b"here\r\n" + yenc(DATA) + b"bye\r\n")
    assert found.files == [(b"photo.jpg", DATA)]
    assert found.text == b"here\r\nbye\r\n"
    part = yenc(DATA).replace(b"name=photo.jpg\r\n", b"name=photo.jpg\r\n=ypart begin=1 end=768\r\n")
    assert taken(part).files == [(b"photo.jpg", DATA)]
    assert taken(yenc(DATA)[:300]).broken


def test_files_are_attachments_and_the_text_stays():
    raw = b"From: a@x.example\r\nSubject: s\r\n\r\nPlease look.\n\n" + uu(b"%PDF-1.4 x", b"scan.pdf") + b"\nBye\n"
    found = read(raw)
    assert found.text.split() == ["Please", "look.", "Bye"]
    (file,) = found.attachments
    assert (file.filename, file.content_type, file.real_type) == ("scan.pdf", "application/pdf", "application/pdf")
    assert cut(raw, file.part) == b"%PDF-1.4 x"


def test_an_attached_text_is_not_taken_apart():
    raw = b"From: a@x.example\r\nContent-Type: text/plain; name=x.uu\r\nContent-Disposition: attachment\r\n\r\n" + uu(
        DATA
    )
    assert [file.filename for file in read(raw).attachments] == ["x.uu"]


def test_worst_cases():
    line = b"M" + b"A" * 60 + b"\n"
    texts = (
        b"begin 644 a\n" * 80_000,
        b"begin 644 a\n" + line * 16_000,
        (b"begin 644 a\n" + line + b"?\n") * 12_000,
        b"begin\n" * 160_000,
        b"=ybegin name=a\n" * 60_000,
        b"=ybegin " + b"name" * 200_000,
    )
    for text in texts:
        begin = time.process_time()
        taken(text)
        read(b"From: a@x.example\n\n" + text)
        assert time.process_time() - begin < 1


def test_what_stands_behind_the_limit_is_not_lost(monkeypatch):
    head, text = b"From: a@x.example\n\n", b"Please look.\n\n" + uu(DATA, b"1.bin")
    monkeypatch.setattr(limits, "OPENED_BYTES", len(text))
    assert [file.filename for file in read(head + text).attachments] == ["1.bin"]
    raw = head + text + b"Bye\n" + uu(DATA, b"2.bin")
    found = read(raw)
    assert found.text.strip() == "Please look."
    assert [file.filename for file in found.attachments] == ["", "1.bin"]
    assert cut(raw, found.attachments[0].part) == raw[len(head) :]
    assert f"a container longer than {len(text)} bytes is not opened whole" in found.defects
