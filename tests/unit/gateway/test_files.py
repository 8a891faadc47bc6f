"""Which files of a mail are kept, told of, and sent on."""

from __future__ import annotations

from gateway.rules.files import DANGEROUS, LOGO, TOO_LARGE, enclosed, fresh, kept, sendable
from parsing.message import Attachment, Kind, ParsedMail


def attachment(**changes: object) -> Attachment:
    usual: dict[str, object] = {
        "part": 2, "filename": "logo.png", "safe_name": "logo.png", "content_type": "image/png", "size": 9,
        "sha256": "a" * 64, "inline": True, "content_id": "logo",
    }  # fmt: skip
    return Attachment(**usual | changes)  # type: ignore[arg-type]


def mail(*files: Attachment) -> ParsedMail:
    return ParsedMail(kind=Kind.HUMAN, attachments=files)


def test_a_logo_is_kept_each_time_and_told_of_once() -> None:
    first = mail(attachment())
    assert [file.recurring for file in kept(first, "r", set())] == [False]
    assert fresh(first, set()) == first.attachments
    (again,) = kept(first, "r", {"a" * 64})
    assert again.recurring
    assert fresh(first, {"a" * 64}) == ()
    assert sendable([again]) == ()


def test_a_file_that_is_sent_again_on_purpose_is_no_logo() -> None:
    screenshot = attachment(inline=False)
    report = attachment(content_type="application/pdf")
    large = attachment(size=LOGO + 1)
    both = mail(screenshot, report, large)
    assert fresh(both, {"a" * 64}) == both.attachments
    assert sendable(kept(both, "r", {"a" * 64})) == kept(both, "r", set())


def test_every_reason_why_a_file_stays_behind_is_told() -> None:
    """A program of 6 MB would not go along either if it were a picture."""
    named = {"filename": "big.bin", "safe_name": "big.bin", "content_type": "application/octet-stream"}
    (large,) = kept(mail(attachment(**named, size=6_000_000)), "r", set())
    (small,) = kept(mail(attachment(**named, size=6_000)), "r", set())
    (image,) = kept(mail(attachment(size=6_000_000)), "r", set())
    left_out = enclosed((large, small, image), 5_000_000).left_out
    assert left_out == {large: f"{DANGEROUS}, and {TOO_LARGE}", small: DANGEROUS, image: TOO_LARGE}
