"""winmail.dat: the body and the files inside (MS-OXTNEF, MS-OXRTFCP, MS-OXRTFEX; intake 56)."""

import base64
import hashlib
import random
import time
from struct import pack

import pytest

from parsing import limits
from parsing.attachment import cut
from parsing.reading import read
from parsing.structure.rtf import inflated, unwrapped
from parsing.structure.tnef import opened
from tests.mails.files.build import (
    BINARY,
    BOOLEAN,
    LONG,
    OBJECT,
    STRING8,
    TIME,
    UNICODE,
    attribute,
    codepage,
    file,
    lzfu,
    named,
    properties,
    tnef,
)

PDF = b"%PDF-1.7\n" + bytes(range(256))
HTML = (
    rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}{\f1\fmodern\fcharset204 Courier;}}"
    b"\r\n"
    rb"{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Price: 20 \'80 &amp; {\*\htmltag148 <b>}\htmlrtf {\b \htmlrtf0 more"
    rb"{\*\htmltag156 </b>}\htmlrtf }\htmlrtf0 \u1046?{\*\mhtmltag72 <x>}\htmlrtf\par}\htmlrtf0 "
    rb"{\*\htmltag72 </p>}{\*\htmltag0 \par }}"
)


def test_the_examples_of_the_specification():
    # MS-OXRTFCP section 4.1.1 and 4.1.2
    first = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert inflated(first) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    second = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert inflated(second) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_html_is_taken_out_of_rtf():
    found = unwrapped(HTML)
    assert found.html
    assert found.text == "<p>Price: 20 \u20ac &amp; <b>more</b>\u0416</p>\n"


def test_plain_rtf_becomes_text():
    rtf = (
        rb"{\rtf1\ansi\ansicpg1251\uc1{\fonttbl{\f0\fcharset204 Arial;}{\f1\fcharset0 Arial;}}{\colortbl;\red0;}"
        rb"{\*\generator Riched20;}{\info{\title hidden}}\f0\'cf\'f0\'e8\'e2\'e5\'f2\par\f1 caf\'e9 \{x\}\~y\emdash "
        rb"\u-10179?\u-8704?{\pict 0102}\tab end\par}"
    )
    found = unwrapped(rtf)
    assert not found.html
    assert found.text == "Привет\ncafé {x}\u00a0y\u2014\U0001f600\tend\n"


def test_message_and_files():
    data = tnef(
        codepage(1250),
        attribute(1, 0x0002800C, "Dobrý den".encode("cp1250") + b"\0"),
        properties((UNICODE, 0x0037, "Nabídka"), (TIME, 0x0039, 1), (BOOLEAN, 0x0E1B, 1),
                   (BINARY, 0x1013, b"<p>Dobr\xfd</p>"),
                   (LONG, 0x3FDE, 28592)),
        file(b"NABDK~1.PDF", PDF, (UNICODE, 0x3707, "Nabídka č. 7.pdf"), (STRING8, 0x370E, b"application/pdf")),
        file(b"logo.png", b"\x89PNG\r\n\x1a\n", (STRING8, 0x3712, b"logo@x"), (LONG, 0x3714, 4)),
    )  # fmt: skip
    found = opened(data)
    assert (found.subject, found.broken) == ("Nabídka", False)
    assert found.text.decode(found.text_charset) == "Dobrý den"
    assert found.html.decode(found.html_charset) == "<p>Dobrý</p>"
    assert [(one.name, one.data, one.content_type, one.content_id, one.rendered) for one in found.files] == [
        ("Nabídka č. 7.pdf", PDF, "application/pdf", "", False),
        ("logo.png", b"\x89PNG\r\n\x1a\n", "", "logo@x", True),
    ]


def test_named_and_multiple_properties_are_passed():
    text = "a\0".encode("utf-16-le")
    many = pack("<HH", 0x101F, 0x8001) + bytes(16) + pack("<III", 0, 0x8539, 2) + (pack("<I", 4) + text) * 2
    shorts = pack("<HHI", 0x1002, 0x6000, 3) + pack("<HHHH", 1, 2, 3, 0)
    body = pack("<I", 4) + named(0x8000, "x-ticket", "12") + many + shorts
    body += pack("<HHII", STRING8, 0x1000, 1, 6) + b"words\0\0\0"
    found = opened(tnef(attribute(1, 0x00069003, body)))
    assert (found.text, found.broken) == (b"words", False)


def mail(data, *, around="", kind=b"application/ms-tnef", name=b"winmail.dat"):
    parts = [b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + around.encode()] if around else []
    parts.append(
        b"Content-Type: %b; name=%b\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n%b"
        % (kind, name, base64.encodebytes(data))
    )
    head = b"From: a@x.example\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


@pytest.mark.parametrize("kind", [b"application/ms-tnef", b"application/vnd.ms-tnef", b"application/octet-stream"])
def test_the_only_body_and_the_files_are_found(kind):
    data = tnef(properties((BINARY, 0x1009, lzfu(HTML))), file(b"a.pdf", PDF))
    raw = mail(data, kind=kind)
    found = read(raw)
    assert "Price: 20 € & " in found.text
    assert [(one.filename, one.size, one.real_type) for one in found.attachments] == [
        ("a.pdf", len(PDF), "application/pdf")
    ]
    number = found.attachments[0].part
    assert hashlib.sha256(cut(raw, number)).hexdigest() == found.attachments[0].sha256
    assert not [defect for defect in found.defects if "TNEF" in defect]


def test_a_body_that_the_mail_has_already_is_not_said_twice():
    around = "Please send the invoice of May to our new address in Lyon."
    data = tnef(attribute(1, 0x0002800C, around.encode()), file(b"a.pdf", PDF))
    found = read(mail(data, around=around))
    assert found.text.count("invoice") == 1
    assert [one.filename for one in found.attachments] == ["a.pdf"]


def test_a_body_below_the_footer_of_a_list_is_said():
    data = tnef(attribute(1, 0x0002800C, b"Please send the invoice of May to our new address in Lyon."))
    found = read(mail(data, around="_____\r\nusers mailing list\r\nhttps://lists.example/users"))
    assert "invoice of May" in found.text
    assert found.attachments == ()


def test_plain_text_and_html_are_alternatives():
    data = tnef(properties((UNICODE, 0x1000, "Hello from Lyon"), (UNICODE, 0x1013, "<p>Hello from <b>Lyon</b></p>")))
    assert read(mail(data)).text.count("Hello") == 1


def test_an_attached_message_is_a_text_and_its_files():
    inner = tnef(
        properties((UNICODE, 0x0037, "Old order"), (UNICODE, 0x1000, "Ten boxes")), file(b"list.csv", b"a;b\r\n")
    )
    data = tnef(
        attribute(1, 0x0002800C, b"See the attached mail."),
        file(
            b"Untitled Attachment",
            None,
            (UNICODE, 0x3001, "Old order"),
            (LONG, 0x3705, 5),
            (OBJECT, 0x3701, bytes(16) + inner),
        ),
    )
    found = read(mail(data))
    assert found.text.strip() == "See the attached mail."
    assert [(one.safe_name, one.content_type, one.size) for one in found.attachments] == [
        ("Old order.txt", "text/plain", 9),
        ("list.csv", "text/csv", 5),
    ]


def test_images_of_the_body_are_inline():
    html = b'<p>Hello <img src="cid:logo@x"> from us all</p>'
    logo = file(b"logo.png", b"\x89PNG\r\n\x1a\n", (UNICODE, 0x3712, "logo@x"))
    data = tnef(properties((BINARY, 0x1013, html)), logo, file(b"b.png", b"\x89PNG\r\n\x1a\n"))
    assert [(one.filename, one.inline, one.content_id) for one in read(mail(data)).attachments] == [
        ("logo.png", True, "logo@x"),
        ("b.png", False, ""),
    ]


def test_a_cut_container_stays_a_file():
    data = tnef(attribute(1, 0x0002800C, b"The text of the mail"), file(b"a.pdf", PDF), file(b"b.pdf", PDF * 50))
    found = read(mail(data[:-2000]))
    assert found.text.strip() == "The text of the mail"
    assert [one.filename for one in found.attachments] == ["winmail.dat", "a.pdf", "b.pdf"]
    assert "a TNEF part ends too early" in found.defects


def test_a_container_with_nothing_that_we_can_show_stays_a_file():
    data = tnef(attribute(1, 0x00078008, b"IPM.DistList\0"))
    assert [one.filename for one in read(mail(data)).attachments] == ["winmail.dat"]
    assert [one.filename for one in read(mail(b"no tnef at all")).attachments] == ["winmail.dat"]


def test_a_file_that_is_no_mail():
    found = read(tnef(attribute(1, 0x0002800C, b"The text"), file(b"a.pdf", PDF)))
    assert found.text.strip() == "The text"
    assert [one.filename for one in found.attachments] == ["a.pdf"]
    assert "no mail: a TNEF file" in found.defects


def test_every_beginning_and_many_broken_ones_are_read():
    data = tnef(
        codepage(65001),
        properties((UNICODE, 0x0037, "s"), (BINARY, 0x1009, lzfu(HTML)), (STRING8, 0x1000, b"text")),
        file(
            b"a.pdf", PDF, (UNICODE, 0x3707, "long name.pdf"), (OBJECT, 0x3701, bytes(16) + tnef()), (LONG, 0x3705, 5)
        ),
    )
    for end in range(len(data)):
        opened(data[:end])
    chance = random.Random(7)
    for _ in range(1500):
        broken = bytearray(data)
        for _ in range(chance.randint(1, 6)):
            broken[chance.randrange(4, len(broken))] = chance.choice([0, 1, 0x7F, 0xFF, chance.randrange(256)])
        found = opened(bytes(broken))
        unwrapped(inflated(found.rtf))


def timed(call, *arguments):
    begin = time.process_time()
    result = call(*arguments)
    assert time.process_time() - begin < 2  # a processor that others use as well takes twice as long for the same
    return result


def test_worst_cases():
    many = tnef(*(attribute(1, 0x00078008, b"") for _ in range(80_000)))
    assert timed(opened, many).broken  # limits.TNEF_VALUES
    values = tnef(attribute(1, 0x00069003, pack("<I", 0xFFFFFFFF) + pack("<HHI", 3, 1, 1) * 100_000))
    assert timed(opened, values).broken
    strings = tnef(attribute(1, 0x00069003, pack("<IHHI", 1, 0x1E, 0x37, 0xFFFFFFFF) + bytes(900_000)))
    assert timed(opened, strings).broken
    deep = tnef()
    for _ in range(50):
        deep = tnef(file(b"x", None, (LONG, 0x3705, 5), (OBJECT, 0x3701, bytes(16) + deep)))
    timed(opened, deep)
    assert len(timed(read, mail(deep)).attachments) <= 2


def test_a_bomb_of_compressed_rtf_is_bounded():
    token = (206 << 4 | 14).to_bytes(2, "big")  # 16 bytes each: never the place that is the end mark
    bomb = pack("<II4sI", 0, 0xFFFFFFFF, b"LZFu", 0) + (b"\xff" + token * 8) * 60_000
    assert limits.RTF // 2 < len(timed(inflated, bomb)) <= limits.RTF
    assert len(unwrapped(b"{\\rtf1" + b"\\u65?" * 200_000).text) <= limits.RTF_TOKENS
    for rtf in (
        b"{\\rtf1" + b"{" * 1_000_000,
        b"{\\rtf1" + b"\\'" * 500_000,
        b"{\\rtf1" + b"\\u1?" * 200_000,
        b"\\" * 1_000_000,
    ):
        timed(unwrapped, rtf)


def test_a_thousand_containers_in_one_mail():
    part = b"--b\r\nContent-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n%b\r\n" % (
        base64.b64encode(tnef(*(file(b"a", b"x") for _ in range(5))))
    )
    found = timed(
        read, b"From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 990 + b"--b--\r\n"
    )
    assert len(found.attachments) <= limits.PARTS * 2 + 1


def test_a_file_whose_properties_break_off_keeps_its_container():
    whole = file(b"a.pdf", None, (LONG, 0x3705, 1), (BINARY, 0x3701, PDF))
    torn = whole.replace(pack("<HH", BINARY, 0x3701), pack("<HH", 0x0FFF, 0x3701))  # a type that nobody knows
    assert opened(tnef(torn)).broken
    found = read(mail(tnef(attribute(1, 0x0002800C, b"The text of the mail"), torn)))
    assert [one.filename for one in found.attachments] == ["winmail.dat", "a.pdf"]
    assert "a TNEF part ends too early" in found.defects


def test_the_text_around_is_looked_at_once_for_all_containers():
    part = b"--b\r\nContent-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n%b\r\n" % (
        base64.b64encode(tnef(attribute(1, 0x0002800C, b"other words than those")))
    )
    around = b"".join(b"w%d " % number for number in range(100_000))
    head = b"From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + around + b"\r\n"
    assert "other words" in timed(read, head + part * 980 + b"--b--\r\n").text


@pytest.mark.parametrize("padding", [0, 1_000])
def test_a_container_over_the_limit_stays_a_file(padding):
    """The first file ends where the limit is, or goes on behind it; the second is behind it."""
    text = attribute(1, 0x0002800C, b"The text of the mail")
    room = limits.OPENED_BYTES - len(tnef(text, file(b"a.bin", b""))) + padding
    raw = tnef(text, file(b"a.bin", bytes(room)), file(b"b.pdf", PDF))
    assert len(raw) > limits.OPENED_BYTES
    found = timed(read, raw)
    assert found.text.strip() == "The text of the mail"
    names = ["winmail.dat"] if padding else ["winmail.dat", "a.bin"]
    assert [one.filename for one in found.attachments][: len(names)] == names
    assert found.attachments[0].size == len(raw)
    assert f"a container longer than {limits.OPENED_BYTES} bytes is not opened whole" in found.defects


def answer(*inside):
    data = base64.encodebytes(tnef(codepage(1252), *inside)).replace(b"\n", b"\r\n")
    head = b"From: jane@cust.example\r\nSubject: Zugesagt: Call\r\nMIME-Version: 1.0\r\n"
    return head, b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n" + data


CLASS = attribute(1, 0x00078008, b"IPM.Microsoft Schedule.MtgRespP\0")


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ((CLASS,), "IPM.Microsoft Schedule.MtgRespP"),
        ((properties((UNICODE, 0x001A, "IPM.Schedule.Meeting.Resp.Neg")),), "IPM.Schedule.Meeting.Resp.Neg"),
        ((CLASS, properties((UNICODE, 0x001A, "IPM.Note"))), "IPM.Microsoft Schedule.MtgRespP"),
        ((attribute(1, 0x00078008, b"IPM." + b"x" * 9_000),), "IPM." + "x" * 251),
        ((attribute(1, 0x00078008, b"IPM.No\r\n\x01te\0"),), "IPM.No  te"),
        ((), ""),
    ],
)
def test_an_outlook_that_answers_with_a_container_alone_says_what_it_is(inside, said):
    head, part = answer(*inside)
    assert read(head + part).message_class == said


def test_the_class_is_the_mails_own_and_not_that_of_a_mail_in_it():
    head, part = answer(CLASS)
    below = b"\r\n--b\r\n"
    mixed = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello" + below
    assert read(head + mixed + part + b"\r\n--b--\r\n").message_class == "IPM.Microsoft Schedule.MtgRespP"
    carried = b"Content-Type: message/rfc822\r\n\r\n" + head + part
    assert read(head + mixed + carried + b"\r\n--b--\r\n").message_class == ""
