"""`replydesk init`: a folder comes in; a configuration file, a data folder and a new secret go out.

Never overwrites anything and never asks: the file it writes is commented and is edited with an editor.
"""

from __future__ import annotations

import json
import os
import secrets
from importlib.resources import files
from pathlib import Path

import click

from gateway.config.settings import SECRET_FILE

FILE = "replydesk.toml"
DATA = "data"
SECRET_BYTES = 32


def write_desk(folder: Path, *, demo: bool) -> Path:
    """Makes a desk in `folder` and says where its configuration is; FileExistsError when there is one already."""
    file = folder / FILE
    if file.exists():
        raise FileExistsError(file)
    (folder / DATA).mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = folder / DATA / SECRET_FILE
    if not secret.exists():  # one that is there signs addresses that customers still hold
        _create(secret, secrets.token_hex(SECRET_BYTES) + "\n", 0o600)
    _create(file, (files("templates") / "desk" / ("demo.toml" if demo else "starter.toml")).read_text("utf-8"), 0o644)
    return file


def _create(file: Path, text: str, mode: int) -> None:
    """A new file on the disk, whole; O_EXCL: of two that try at once, one is told."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(descriptor)


class Refusal(click.ClickException):
    """Nothing was written."""

    exit_code = 2


@click.command(name="init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("--demo", is_flag=True, help="The demo desk: desk.example, its mail goes into a folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def init(folder: Path, demo: bool, as_json: bool) -> None:
    """Write replydesk.toml and a data folder into DIR (this folder). Never overwrites."""
    try:
        file = write_desk(folder, demo=demo)
    except FileExistsError as fault:
        raise Refusal(f"{fault.filename or fault} exists; init never overwrites. Name another folder.") from None
    except OSError as fault:
        raise Refusal(f"cannot write {fault.filename}: {fault.strerror}") from None
    data = folder / DATA
    if as_json:
        click.echo(json.dumps({"config": str(file.absolute()), "data": str(data.absolute()), "demo": demo}))
        return
    click.echo(f"Wrote {file} and {data} with the secret of this desk.")
    click.echo(
        f"Next: {'' if demo else f'edit {file}, then '}replydesk --config {file} {'serve' if demo else 'config check'}"
    )
