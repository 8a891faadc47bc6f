"""Files that answer a question: a picture of the screen, a log.

In: the files of a mail, which sorts a field wants. Out: their names. A picture in the text that is as small as the
logo of a signature is none, and a doubtful one may be meant. Must never look at what a file is called
alone: its bytes say what it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from parsing.intake.passage import Found, Passage
from parsing.message import Attachment, Sought

ICON, LOGO = 6_000, 25_000
"""Bytes of a picture inside the text below which it is decoration, and below which it may be."""

MOST = 5
SORTS = ("picture", "log", "document", "any")
"""What the `choices` of a field may be; none is `any`."""

_DOCUMENTS = ("application/pdf", "application/msword", "application/vnd.", "application/rtf", "text/csv", "text/html")
_ARCHIVES = ("application/zip", "application/gzip", "application/x-7z", "application/x-tar")
_NOTHING = ("text/vcard", "text/x-vcard", "application/pkcs7", "application/pgp", "text/calendar", "application/ics")
_LOGS = (".log", ".txt", ".har", ".json", ".xml", ".trace", ".dmp", ".evtx", ".out", ".err", ".csv")


def find(passage: Passage, sought: Sought) -> Iterable[Found]:
    """The files that are of a sort that the field wants; those that only may be meant come last."""
    if not passage.files:
        return ()
    wanted = {choice.value.lower() for choice in sought.choices} or {"any"}
    found = [
        Found(value=file.safe_name or file.filename, sure=not _decorates(file))
        for file in passage.files
        if _sorts(file) & wanted and not _is_icon(file)
    ]
    return sorted(found, key=lambda one: not one.sure)[:MOST]


def _sorts(file: Attachment) -> frozenset[str]:
    real = (file.real_type or file.content_type).lower()
    if real.startswith(_NOTHING):
        return frozenset()
    sorts = {"any"}
    name = file.safe_name.lower()
    if real.startswith(("image/", "video/")):
        sorts.add("picture")
    if real == "text/plain" or name.endswith(_LOGS) or real.startswith(_ARCHIVES):
        sorts.add("log")
    if real.startswith(_DOCUMENTS) or real == "text/plain":
        sorts.add("document")
    return frozenset(sorts)


def _is_icon(file: Attachment) -> bool:
    return file.inline and file.size < ICON and (file.real_type or file.content_type).startswith("image/")


def _decorates(file: Attachment) -> bool:
    return file.inline and file.size < LOGO and (file.real_type or file.content_type).startswith("image/")
