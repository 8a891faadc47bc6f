"""What a first mail says of the facts that a desk may want (`ops` R40 (1), (5))."""

import base64
import time

import pytest

from parsing.intake import finding
from parsing.intake.attached import LONGEST, MOST
from parsing.message import Attachment, Candidate, Choice, Reading, Sought
from parsing.reading import read

AFFECTED = Sought(name="affected_users", kind="count", labels=("affected users",))
STEPS = Sought(name="steps_to_reproduce", kind="steps", labels=("steps to reproduce",))
EXPECTED = Sought(name="expected", kind="expected", labels=("expected",))
OBSERVED = Sought(name="observed", kind="observed", labels=("observed",))
STARTED = Sought(name="started_at", kind="when", labels=("started at",))
INVOICE = Sought(name="invoice_number", kind="number", pattern="INV-####-#####", cues=("invoice",))
SCREENSHOT = Sought(name="screenshot", kind="file", choices=(Choice(value="picture"),))
VERSION = Sought(name="version", kind="version")
WORKAROUND = Sought(name="workaround", kind="yesno", labels=("workaround",), cues=("workaround",))
NOTE = Sought(name="note", kind="text", labels=("note",))
SOUGHT = (AFFECTED, STEPS, EXPECTED, OBSERVED, STARTED, INVOICE, SCREENSHOT, VERSION, WORKAROUND, NOTE)

HEAD = "From: Mel <mel@x.example>\nTo: desk@y.example\nSubject: {subject}\nMIME-Version: 1.0\n"


def found(text: str, *sought: Sought, subject: str = "", files=(), texts=()) -> dict[str, list[Candidate]]:
    by_name: dict[str, list[Candidate]] = {}
    for one in finding.find(subject, text, files, texts, sought or SOUGHT, "en"):
        by_name.setdefault(one.field, []).append(one)
    return by_name


def test_a_label_goes_before_a_pattern_and_a_sentence():
    text = "We are on 3.9.0 here.\nVersion: 4.1.2\nObserved: the page stays white"
    said = found(text, VERSION, OBSERVED)
    assert [(one.value, one.how) for one in said["version"]] == [("4.1.2", "label")]
    assert [(one.value, one.how, one.state) for one in said["observed"]] == [
        ("the page stays white", "label", "present")
    ]


def test_i_do_not_know_is_an_answer():
    said = found("Started at: I don't know when it began\nVersion: no idea\nObserved: keine Ahnung", STARTED, VERSION)
    assert [(one.state, one.value, one.source) for one in said["started_at"]] == [
        ("unknown", "", "I don't know when it began")
    ]
    assert said["version"][0].state == "unknown"


def test_who_knows_after_all_knows():
    said = found("Version: no idea\n\nOh wait, on the sticker it says version 4.1.2 in small print.", VERSION)
    assert [(one.state, one.value) for one in said["version"]] == [("present", "4.1.2"), ("unknown", "")]


@pytest.mark.parametrize("value", ["", "n/a", "-", "on request", "see our call", "not good"])
def test_a_label_with_nothing_said_is_missing(value: str):
    assert found(f"Note: {value}\nVersion: {value}\nWorkaround: {value}", NOTE, VERSION, WORKAROUND) == {}


def test_a_form_that_came_back_unfilled_says_nothing():
    seen = Sought(name="observed", kind="observed", labels=("observed",))
    users = Sought(name="users", kind="count", labels=("affected users",))
    assert found("Observed:\nAffected users:\n", seen, users) == {}
    assert [one.value for one in found("Affected users:\nObserved: all of our shops", seen, users)["users"]]


def test_free_words_come_by_their_label_only():
    assert found("I have a note for you, it says this and that.", NOTE) == {}
    assert found("Note: this and that", NOTE)["note"][0].value == "this and that"


def test_the_subject_counts():
    said = found("Please see to it.", INVOICE, subject="Invoice INV-2026-00412 is wrong")
    assert [(one.value, one.source) for one in said["invoice_number"]] == [
        ("INV-2026-00412", "Invoice INV-2026-00412 is wrong")
    ]


def test_a_source_is_the_sentence_as_it_was_written():
    text = "Hello. I wrote before.\nThe invoice INV-2026-00412\nis wrong! Thanks"
    source = found(text, INVOICE)["invoice_number"][0].source
    assert source == "The invoice INV-2026-00412\nis wrong!"
    assert source in text


def test_a_source_is_bounded():
    text = "word " * 2_000 + "INV-2026-00412" + " word" * 1_000
    source = found(text, INVOICE)["invoice_number"][0].source
    assert "INV-2026-00412" in source
    assert len(source) <= finding.SOURCE
    assert len(found("Note: " + "x" * 9_000, NOTE)["note"][0].value) <= finding.VALUE


def test_r40_a_picture_answers_for_a_screenshot():
    picture = Attachment(
        part=1,
        filename="a.png",
        safe_name="a.png",
        content_type="image/png",
        size=60_000,
        sha256="",
        inline=False,
        content_id="",
    )
    said = found("See the picture", SCREENSHOT, files=(picture,))
    assert [(one.value, one.how, one.state) for one in said["screenshot"]] == [("a.png", "file", "present")]
    assert found("A screenshot is attached", SCREENSHOT) == {}


def test_labelled_lines_of_a_text_file_count():
    said = found("See the file.", VERSION, texts=("Report\n\nVersion: 4.1.2\n",))
    assert [(one.value, one.how) for one in said["version"]] == [("4.1.2", "file")]


def test_a_desk_without_fields_finds_nothing():
    assert finding.find("a", "Version: 3", (), ("Version: 3",), (), "en") == ()


def mail(*parts: tuple[str, str, bytes]) -> bytes:
    text = HEAD.format(subject="x") + 'Content-Type: multipart/mixed; boundary="b"\n\n'
    text += "--b\nContent-Type: text/plain\n\nPlease see the file.\n"
    for kind, name, data in parts:
        text += (
            f'--b\nContent-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n'
            f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(data).decode()}"
        )
    return (text + "--b--\n").encode()


def versions(raw: bytes) -> list[str]:
    parsed = read(raw, Reading(sought=(VERSION,)))
    return [one.value for one in parsed.candidates if one.how == "file"]


def test_text_files_are_read_in_their_charset():
    assert versions(mail(("text/plain; charset=utf-8", "a.txt", b"Version: 4.1.2\n"))) == ["4.1.2"]
    assert versions(mail(("text/plain; charset=utf-16", "a.log", "Version: 4.1.2\n".encode("utf-16")))) == ["4.1.2"]
    assert versions(mail(("application/octet-stream", "a.log", b"Version: 4.1.2\n"))) == ["4.1.2"]


def test_other_files_are_not_text():
    assert versions(mail(("application/octet-stream", "a.txt", b"\0\1\2Version: 4.1.2\n\0"))) == []
    assert versions(mail(("text/html", "a.html", b"<p>Version: 4.1.2</p>"))) == []
    assert versions(mail(("image/png", "a.txt", b"\x89PNG\r\n\x1a\nVersion: 4.1.2\n"))) == []


def test_only_the_beginning_of_a_few_files_is_read():
    late = b"x\n" * LONGEST + b"Version: 4.1.2\n"
    assert versions(mail(("text/plain", "a.txt", late))) == []
    many = [("text/plain", f"{at}.txt", b"nothing\n") for at in range(MOST)]
    assert versions(mail(*many, ("text/plain", "z.txt", b"Version: 4.1.2\n"))) == []


def test_a_robot_is_not_looked_at():
    raw = mail(("text/plain", "a.txt", b"Version: 4.1.2\n")).replace(
        b"Subject: x\n", b"Subject: x\nAuto-Submitted: auto-replied\n"
    )
    assert read(raw, Reading(sought=(VERSION,))).candidates == ()


@pytest.mark.parametrize(
    "text",
    [
        "Version: " * 20_000,
        "INV-2026-00412 " * 10_000,
        ("Since Monday 25 users cannot work. " * 4_000),
        "a" * 100_000,
        "1. click\n" * 10_000,
        ". " * 50_000,
    ],
)
def test_the_worst_case_is_bounded(text: str):
    started = time.process_time()
    candidates = finding.find("subject", text, (), (text[:20_000],) * 3, SOUGHT, "en")
    assert time.process_time() - started < 1.5
    assert len(candidates) <= 6 * len(SOUGHT)
    assert all(len(one.source) <= finding.SOURCE and len(one.value) <= finding.VALUE for one in candidates)


def test_the_digits_of_a_number_count_nobody() -> None:
    number = Sought(name="invoice_number", kind="number", cues=("facture",))
    count = Sought(name="affected_users", kind="count")
    found = finding.find("", "la facture 2026-47 compte deux fois le même abonnement.", (), (), (number, count), "fr")
    assert [(one.field, one.value) for one in found] == [("invoice_number", "2026-47")]
