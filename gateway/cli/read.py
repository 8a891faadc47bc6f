"""`replydesk read FILE…`: what the parser understands, one JSON line a file. Needs no configuration and no store.

In: files with one raw mail each. Out: the JSON of DESIGN section 6 in the order given, one line also for a file that
cannot be read (with `error`). Exit status 1 when there was one of those.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import click

from gateway.cli.desk import Usage
from parsing.charset import decode
from parsing.language import KNOWN
from parsing.message import Reading
from parsing.portrait import as_json
from parsing.reading import read as read_mail

_READING = Reading(languages=KNOWN, html=True)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--sent",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What we had sent, a mail or plain words: its text counts as quoted.",
)
@click.option("--json", is_flag=True, expose_value=False, help="JSON is all that this command prints.")
def read(files: tuple[Path, ...], sent: Path | None) -> None:
    """Print what the parser understands of each FILE, one JSON line a file, in the order given.

    A file that cannot be opened gives a line with "error" instead, and exit status 1. `reply` is what is new, `quoted`,
    `signature` and `disclaimer` what was set apart; every line of `text` stands in one of them.
    """
    failed = False
    ours = (_text(sent),) if sent else ()
    for file in files:
        name = os.fsencode(file).decode("utf-8", "replace")
        started = time.perf_counter()
        try:
            raw = file.read_bytes()
        except OSError as error:
            failed = True
            click.echo(json.dumps({"file": name, "error": error.strerror or "cannot be read"}))
            continue
        mail = read_mail(raw, _READING, None, ours)
        mail = replace(mail, seconds=round(time.perf_counter() - started, 6))
        click.echo(json.dumps(as_json(mail, name), ensure_ascii=False))
    if failed:
        raise SystemExit(1)


def _text(file: Path) -> str:
    """The words of a mail that we sent; a file that is no mail is taken as the words themselves."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise Usage(f"--sent: {file}: {error.strerror}") from error
    mail = read_mail(raw)
    return mail.text if mail.from_ is not None or mail.message_id else decode(raw)[0].replace("\r\n", "\n")
