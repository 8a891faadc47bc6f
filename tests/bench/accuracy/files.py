"""The files of mails, against what the source projects' own tests expect.

In: the rows of `robust/manifest.jsonl` with a statement about attachments. Out: one score of all sources, one of the
names alone, one of the bytes where a source gives their hash. A case is right when the whole list is right: as many
files, with the same names, types and bytes as far as the source states them.

What is normalised, for every case alike, because the projects count differently:
- zammad keeps the HTML body as a file (`content-alternative`): it is the body, not a file. A mail about which it says
  nothing of attachments is no case. Its sizes are those of the bytes or of their base64 form (YAML `!binary`); they are
  compared for what is neither text nor a mail, whose line ends it changes.
- stalwart counts as RFC 8621 section 4.1.4 does: a text part between others stands as body and as attachment, an image
  between texts as body alone; either is right. Its numbers of parts are
  those of a walk in pre-order, as ours. A part without bytes and without a name is no file for us.
- imap_tools counts what has a name or a Content-ID, and attached mails; other parts of ours (the machine parts of a
  bounce) are left out. A text that has a Content-ID and no name is the body. It prints attached mails anew: of a
  message/rfc822 only type and name are compared.
- tnef names the message body of a TNEF file `body.rtf`, `body.html` or `body.txt`: it must be the text of the mail.
- A container that is opened counts as what is inside.
- A name that stands nowhere in the part's header (zammad invents `image.png`) is no statement about the mail.
- Names are compared as letters and digits, because sources escape the rest differently.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

from parsing.attachment import cut
from parsing.limits import capped
from parsing.message import Attachment, ParsedMail
from parsing.reading import read
from parsing.tree import grow
from tests.bench.accuracy.score import Row, Score, rows

_SOURCES = ("zammad_yml", "stalwart_json", "imap_tools", "tnef_list")


def scores(corpus: Path) -> list[Score]:
    """One pass over the mails that have a statement."""
    lists, named = Score("files: the list of attachments", bar=0.97), Score("files: stated names")
    hashed = Score("files: stated bytes")
    for row in rows(corpus / "robust" / "manifest.jsonl"):
        for source in _SOURCES:
            stated = row.get("expected", {}).get(source)
            if stated is None or (source != "tnef_list" and "attachments" not in stated):
                continue
            raw = (corpus / "robust" / row["file"]).read_bytes()
            mail = read(raw)
            note = _CHECKS[source](stated, mail, raw)
            lists.add(row, source, not note, f"{note}; found {[_short(file) for file in mail.attachments]}")
            _count_items(row, source, stated, mail, named, hashed)
    return [lists, named, hashed]


def _count_items(row: Row, source: str, stated: Any, mail: ParsedMail, named: Score, hashed: Score) -> None:
    if source not in {"imap_tools", "tnef_list"}:
        return
    names = [_letters(file.filename or file.safe_name) for file in mail.attachments]
    for item in _items(source, stated):
        if item["filename"]:
            named.add(row, source, _letters(item["filename"]) in names, item["filename"])
        digest = item.get("payload", {}).get("sha256")
        if digest and item.get("content_type") != "message/rfc822":
            hashed.add(row, source, digest in {file.sha256 for file in mail.attachments}, item["filename"])


def _items(source: str, stated: Any) -> list[Row]:
    if source == "tnef_list":
        return [{"filename": name} for name in stated if not _is_tnef_body(name)]
    found: list[Row] = stated["attachments"]
    if source == "zammad_yml":
        return [item for item in found if not item["preferences"].get("content-alternative")]
    return [item for item in found if item["filename"] or item["content_type"] not in {"text/plain", "text/html"}]


def _is_named(raw: bytes, file: Attachment) -> bool:
    """Whether the header of a part gives it a name, wherever: attached mails are named by their subject."""
    leaf = grow(capped(raw)[0]).leaves[file.part]
    said = [*leaf.fields.get("content-type", []), *leaf.fields.get("content-disposition", [])]
    return "name" in " ".join(said).lower() or leaf.media.value == "message/rfc822"


def _counts(file: Attachment) -> bool:
    """What imap_tools calls an attachment."""
    return bool(file.filename or file.content_id) or file.content_type == "message/rfc822"


def _zammad(stated: Row, mail: ParsedMail, raw: bytes) -> str:
    wanted = _items("zammad_yml", stated)
    if len(wanted) != len(mail.attachments):
        return f"{len(wanted)} files stated"
    for item, file in zip(wanted, mail.attachments, strict=True):
        names = {_letters(file.filename), _letters(file.safe_name)}
        if _letters(item["filename"]) not in names and _is_named(raw, file):
            return f"name {item['filename']!r}"
        kind = item["preferences"].get("Mime-Type", "").lower()
        if kind and kind != file.content_type:
            return f"type {kind}"
        sizes = {file.size, (file.size + 2) // 3 * 4}
        if not kind.startswith(("text/", "message/")) and item["data"]["chars"] not in sizes:
            return f"size {item['data']['chars']}"
    return ""


def _stalwart(stated: Row, mail: ParsedMail, raw: bytes) -> str:
    listed = set(stated["attachment_part_ids"])
    bodies = set(stated["text_body"]) | set(stated["html_body"])
    media = {file.part for file in mail.attachments if file.content_type.startswith(("image/", "audio/", "video/"))}
    found = {file.part for file in mail.attachments} - (media & bodies)
    empty = {number for number in listed - bodies - found if not cut(raw, number)}
    return "" if listed - bodies - empty <= found <= listed else f"parts {sorted(listed)}, bodies {sorted(bodies)}"


def _imap_tools(stated: Row, mail: ParsedMail, raw: bytes) -> str:
    wanted = _items("imap_tools", stated)
    files = [file for file in mail.attachments if _counts(file)]
    if len(wanted) != len(files):
        return f"{[(item['filename'], item['content_type']) for item in wanted]} stated"
    for item, file in zip(wanted, files, strict=True):
        if item["filename"] and _letters(item["filename"]) != _letters(file.filename):
            return f"name {item['filename']!r}"
        if item["content_type"] != file.content_type:
            return f"type {item['content_type']}"
        if file.content_type != "message/rfc822" and item["payload"]["sha256"] != file.sha256:
            return f"bytes of {item['filename']!r} ({item['payload']['bytes']})"
    return ""


def _tnef(stated: list[str], mail: ParsedMail, raw: bytes) -> str:
    wanted = sorted(_letters(name) for name in stated if not _is_tnef_body(name))
    found = sorted(_letters(file.filename) for file in mail.attachments)
    if len(stated) > len(wanted) and not mail.text.strip():
        return "no text"
    return "" if wanted == found else f"{wanted} stated"


def _is_tnef_body(name: str) -> bool:
    return name.lower() in {"body.rtf", "body.html", "body.txt"}


def _letters(name: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", name).casefold() if char.isalnum())


def _short(file: Attachment) -> tuple[int, str, str, int]:
    return file.part, file.filename, file.content_type, file.size


_CHECKS = {"zammad_yml": _zammad, "stalwart_json": _stalwart, "imap_tools": _imap_tools, "tnef_list": _tnef}
