"""The original in a forward: recognised or left alone (intake 62)."""

import time
from datetime import UTC, datetime

import pytest

from parsing import limits
from parsing.forward import find
from parsing.reading import read

ORIGINAL = (
    "From: Carla <carla@customer.example>\nDate: Mon, 5 Oct 2026 10:11:00 +0200\nSubject: Printer\n"
    "To: anna@corp.example\n\nIt is broken."
)


@pytest.mark.parametrize(
    ("subject", "mark"),
    [
        ("Fwd: Printer", "---------- Forwarded message ---------"),
        ("Printer", "---------- Forwarded message ---------"),
        ("Fwd: Printer", "Begin forwarded message:\n"),
        ("WG: Printer", "-----Ursprüngliche Nachricht-----"),
        ("FW: Printer", "-----Original Message-----"),
        ("FW: Printer", "________________________________"),
        ("Tr : Printer", "---------- Message transféré ---------"),
    ],
)
def test_inline(subject, mark):
    found = find(subject, f"Please help her.\n\n{mark}\n{ORIGINAL}")
    assert found.above.startswith("Please help her.")
    assert found.forwarded.from_.address == "carla@customer.example"
    assert found.forwarded.subject == "Printer"
    assert found.forwarded.date == datetime(2026, 10, 5, 8, 11, tzinfo=UTC)
    assert found.forwarded.text == "It is broken."


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: Printer", f"thanks\n\n-----Original Message-----\n{ORIGINAL}"),
        ("Printer", f"From me to you\n{ORIGINAL.replace('From', 'Form')}"),
        ("Fwd: Printer", "just words"),
        ("Fwd: Printer", "---------- Forwarded message ---------\nno header here"),
        ("Re: Printer", f"ok\n\n> ---------- Forwarded message ---------\n> {ORIGINAL}"),
    ],
)
def test_no_guess(subject, text):
    assert find(subject, text) is None


def test_two_authors_are_none():
    found = find("Fwd: x", "---------- Forwarded message ---------\nFrom: a@x.test, b@x.test\nSubject: s\n\nt")
    assert found.forwarded.from_ is None


def test_attached():
    raw = (
        b"From: anna@corp.example\r\nSubject: Fwd: Printer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nplease\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: Carla <carla@customer.example>\r\n"
        b"Subject: =?utf-8?q?Dr=C3=BCcker?=\r\n\r\nbroken\r\n--b--\r\n"
    )
    mail = read(raw)
    assert mail.forwarded.from_.address == "carla@customer.example"
    assert mail.forwarded.subject == "Drücker"
    assert mail.forwarded.text == "broken"
    assert mail.reply == "please"


def test_the_forward_is_kept_in_the_quotation():
    mail = read(
        b"From: a@x.test\r\nSubject: Fwd: Printer\r\n\r\nhelp\r\n\r\n---------- Forwarded message ---------\r\n"
        + ORIGINAL.encode()
    )
    assert mail.reply == "help"
    assert "It is broken." in mail.quoted
    assert mail.forwarded.from_.address == "carla@customer.example"


def test_a_forward_below_an_unmarked_quotation_is_not_this_persons():
    quotation = "On Mon, 5 Oct 2026, Desk <d@x.test> wrote:\n\nsee this"
    text = f"thanks\n\n{quotation}\n\n---------- Forwarded message ---------\n{ORIGINAL}"
    mail = read(b"From: a@x.test\r\nSubject: Re: Printer\r\n\r\n" + text.encode())
    assert mail.forwarded is None
    assert mail.reply == "thanks"


@pytest.mark.parametrize(
    ("subject", "mark", "names"),
    [
        ("Fwd: x", "Začátek přeposílané zprávy:", ("Od", "Datum", "Předmět", "Komu")),
        ("Fwd: x", "Továbbított levél kezdete:", ("Feladó", "Dátum", "Tárgy", "Címzett")),
        ("x", "-------- Posredovano sporočilo --------", ("Od", "Datum", "Zadeva", "Za")),
        ("x", "-------- Pārsūtīts ziņojums --------", ("Sūtītājs", "Datums", "Temats", "Kam")),
        ("x", "-------- Persiųstas laiškas --------", ("Nuo", "Data", "Tema", "Kam")),
        ("x", "-------- İletilmiş İleti --------", ("Kimden", "Tarih", "Konu", "Kime")),
        ("x", "-------- Препратено съобщение --------", ("От", "Дата", "Относно", "До")),
        ("x", "-------- Áframsent skeyti --------", ("Frá", "Dagsetning", "Efni", "Viðtakandi")),
        (
            "x",
            "---------- Chuyển tiếp ----------\n\n---------- Thư được chuyển tiếp --------",
            ("Từ", "Ngày", "Chủ đề", "Đến"),
        ),
        ("x", "-------- ข้อความที่ส่งต่อ --------", ("จาก", "วันที่", "เรื่อง", "ถึง")),
        ("x", "-------- رسالة معاد توجيهها --------", ("من", "التاريخ", "الموضوع", "إلى")),
        ("Fwd: x", "-------- Litir a cuireadh ar aghaidh --------", ("From", "Date", "Subject", "To")),
    ],
)
def test_languages(subject, mark, names):
    sender, date, about, to = names
    block = f"{about}: Printer\n{date}: Mon, 5 Oct 2026 10:11:00 +0200\n{sender}: Carla <carla@x.test>\n{to}: a@b.test"
    found = find(subject, f"look\n\n{mark}\n{block}\n\nIt is broken.")
    assert found.above.startswith("look")
    assert found.forwarded.from_.address == "carla@x.test"
    assert found.forwarded.subject == "Printer"
    assert found.forwarded.date == datetime(2026, 10, 5, 8, 11, tzinfo=UTC)
    assert found.forwarded.text == "It is broken."


def test_a_block_that_looks_like_a_reply_is_one_unless_the_subject_says_more():
    text = "Danke\n\nVon: Carla <carla@x.test>\nGesendet: Montag\nAn: a@b.test\nBetreff: Drucker\n\nkaputt"
    assert find("AW: WG: Drucker", text) is None
    assert find("Drucker", text) is None
    assert find("WG: Drucker", text).forwarded.from_.address == "carla@x.test"


def test_one_mark_serves_two_languages():
    finnish = "Kiitos\n\nLähettäjä: A <a@x.test>\nLähetetty: eilen\nVastaanottaja: b\nAihe: s\n\nmoi"
    assert find("VS: s", finnish) is None
    danish = "Se her\n\nFra: A <a@x.test>\nSendt: i dag\nTil: b\nEmne: s\n\nhej"
    assert find("VS: s", danish).forwarded.from_.address == "a@x.test"


def test_a_form_is_no_block():
    assert find("Fwd: trip", "From: Berlin\nTo: Paris\nDate: 5 May 2026\n\nPlease book.") is None


def test_words_below_an_end_mark_and_below_a_quoted_forward_are_the_forwarders():
    ended = (
        f"look\n\n---- Forwarded message from C <c@x.test> ----\n{ORIGINAL}\n\n---- End forwarded message ----\n\nbye"
    )
    assert find("Fwd: x", ended).below == "bye"
    quoted = "look\n\nBegin forwarded message:\n\n" + "".join(f"> {line}\n" for line in ORIGINAL.split("\n")) + "\nbye"
    found = find("Fwd: x", quoted)
    assert (found.below, found.forwarded.text) == ("bye", "It is broken.")
    assert found.carried.startswith("Begin forwarded message:") and found.carried.endswith("> It is broken.")


def test_the_end_of_an_inner_forward_is_not_the_end():
    inner = f"----- Forwarded message -----\n{ORIGINAL}\n----- End forwarded message -----"
    text = (
        f"----- Forwarded message -----\n{ORIGINAL}\n\nsee:\n\n\n{inner}\nmine\n----- End forwarded message -----\nbye"
    )
    found = find("Fwd: x", text)
    assert found.below == "bye"
    assert found.forwarded.text.endswith("mine")


def test_a_mark_that_opens_a_quotation_nobody_introduced():
    text = "look\n\n> Begin forwarded message:\n>\n" + "".join(f"> {line}\n" for line in ORIGINAL.split("\n"))
    assert find("Printer", text).forwarded.subject == "Printer"
    assert find("Re: Printer", text) is None
    assert find("Printer", text.replace("look", "On Monday Carla wrote:")) is None


def test_a_bounce_with_its_original_is_no_forward():
    raw = (
        b"From: postmaster@x.test\nSubject: Delivery Status\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@x.test\nAction: failed\n"
        b"Status: 5.1.1\n\n--b\nContent-Type: message/rfc822\n\nFrom: c@x.test\nSubject: s\n\nt\n--b--\n"
    )
    assert read(raw).forwarded is None


def _attached(mails):
    parts = b"".join(b"--b\nContent-Type: message/rfc822\n\n" + mail + b"\n" for mail in mails)
    return b"From: a@x.test\nSubject: Fwd: x\nContent-Type: multipart/mixed; boundary=b\n\n" + parts + b"--b--\n"


def test_attached_mails_are_bounded():
    mails = [b"From: c@x.test\nSubject: s\n\nnumber %d." % number for number in range(limits.ATTACHED_MAILS + 2)]
    carried = read(_attached(mails)).forwarded
    assert carried.from_.address == "c@x.test"
    assert carried.text.count("number") == limits.ATTACHED_MAILS
    long = b"From: c@x.test\nSubject: s\n\n" + b"word " * (limits.ATTACHED_BYTES // 4)
    assert len(read(_attached([long])).forwarded.text) < limits.ATTACHED_BYTES


def test_an_attached_mail_is_read_one_level_deep():
    inner = (
        _attached([b"From: c@x.test\nSubject: deep\n\ndeep words"]).replace(b"=b\n", b"=c\n").replace(b"--b", b"--c")
    )
    carried = read(_attached([inner])).forwarded
    assert (carried.from_.address, carried.subject) == ("a@x.test", "Fwd: x")
    assert "deep words" not in carried.text


def test_tries_are_bounded():
    marks = "----- Forwarded message -----\nnothing\n" * (limits.FORWARD_TRIES - 1)
    assert find("Fwd: x", f"{marks}----- Forwarded message -----\n{ORIGINAL}") is not None
    assert find("Fwd: x", f"{marks}{marks[:38]}\n----- Forwarded message -----\n{ORIGINAL}") is None


@pytest.mark.parametrize(
    "text",
    [
        "-" * 1_000_000,
        ("-" * 599 + "\n") * 1_600,
        ("-" * 40 + " forwarded message" + "*" * 500 + "\n") * 1_700,
        "---------- Forwarded message\n" * 34_000,
        "From: a\nTo: b\nDate: c\n" * 40_000,
        "Begin forwarded message:\n\n" * 37_000,
        ("a@" * 140 + " 12345:\n") * 3_500,
        ("a@b.test 12345 " * 19 + ":\n") * 3_500,
        "----- Forwarded message -----\nFrom: a@x.test\nSubject: s\n" + "Cc: x,\n" * 140_000,
        "----- Forwarded message -----\nFrom: a@x.test\nSubject: s\n" + "\n" * 900_000,
        "----- Forwarded message -----\nFrom: a@x.test\nSubject: s\n\n" + "----- forwarded message -----\n" * 30_000,
        "----- Forwarded Message ----- From: " + "a@x.test" * 100_000,
        "> " * 500_000,
        ("_" * 30 + "\n") * 30_000,
    ],
    ids=range(14),
)
@pytest.mark.parametrize("subject", ["Fwd: x", "x"])
def test_worst_cases_take_no_time(subject, text):
    start = time.process_time()
    find(subject, text)
    assert time.process_time() - start < 0.4
