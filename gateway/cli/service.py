"""`replydesk service`: this desk's configuration comes in; units for systemd go out, on stdout.

The templates are in `templates/service`. It writes no file and asks systemd nothing: an operator puts what it prints
where it belongs (docs/service.md). What cannot stand in a unit is a problem with a sentence, never a broken unit.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from gateway.cli.desk import Problem, Usage, configuration, print_json
from gateway.config.settings import Config
from gateway.doors.listen import key_of, mail_doors

UNITS = Path("/etc/systemd/system")
SERVICE, SOCKET = "replydesk.service", "replydesk.socket"
CREDENTIALS = Path("/run/credentials") / SERVICE
"""Where systemd lays what `LoadCredential=` names, readable for the service alone (systemd.exec(5))."""
KEPT = Path("/etc/replydesk")
"""Where those files lie otherwise, readable for root alone."""
STATE = Path("/var/lib")
PRIVILEGED = 1024
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
_PLAIN = re.compile(r"[A-Za-z0-9/._+:@-]+")
_OF_STATE = re.compile(r"[A-Za-z0-9/_@-][A-Za-z0-9/._@-]*")
"""What StateDirectory takes as it is: behind a colon it would read the name of a link (systemd.exec(5))."""


@click.command()
@click.option("--socket", "as_socket", is_flag=True, help="Print the socket unit: doors that stay open meanwhile.")
@click.option("--user", default="replydesk", show_default=True, metavar="NAME", help="Whom the desk runs as.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def service(context: click.Context, as_socket: bool, user: str, as_json: bool) -> None:
    """Print a unit that runs this desk under systemd. Writes nothing."""
    if not _USER.fullmatch(user):
        raise Usage(f"--user: {user!r} is no name of a user; expected lower-case letters, digits, - and _")
    config = configuration(context)
    name = SOCKET if as_socket else SERVICE
    text = socket_unit(config) if as_socket else service_unit(config, program(), user)
    if as_json:
        print_json({"unit": name, "file": str(UNITS / name), "text": text})
    else:
        click.echo(text, nl=False)


def program() -> tuple[str, ...]:
    """How this very replydesk is started: absolute, without a shell."""
    python = Path(sys.executable)
    script = python.parent / "replydesk"
    return (str(script),) if script.is_file() else (str(python), "-m", "gateway.cli")


def service_unit(config: Config, command: tuple[str, ...], user: str) -> str:
    """`replydesk.service` for the desk of `config`."""
    ports = [listen.port for _, listen in mail_doors(config) if listen] + (
        [config.web.listen.port] if config.web.listen else []
    )
    is_low = any(0 < port < PRIVILEGED for port in ports)
    written = tuple(_written(config))
    needed = (*written, config.file, Path(command[0]), Path(sys.base_prefix))
    at_home = any(map(_is_at_home, needed))
    return _template(SERVICE).format(
        program=" ".join((_quoted(command[0]), *map(_argument, command[1:]))),
        config=_argument(str(config.file)),
        user=user,
        files="\n".join((*_folders(written), *_credentials(config))),
        capabilities="CAP_NET_BIND_SERVICE" if is_low else "",
        private_users="no" if is_low else "yes",
        protect_home="read-only" if at_home else "yes",
    )


def socket_unit(config: Config) -> str:
    """`replydesk.socket`: each door with the very address that the configuration has, by which the desk knows it."""
    lines = []
    for door, listen in (*mail_doors(config), ("web", config.web.listen)):
        if listen is None:
            continue
        if listen.port == 0:
            raise Problem(f"{key_of(door)}: {listen}: systemd cannot pick a port; name one")
        try:
            ip_address(listen.host)
        except ValueError:
            raise Problem(f"{key_of(door)}: {listen}: a socket unit takes no name; name an IP address") from None
        lines.append(f"# {key_of(door)}\nListenStream={listen}")
    if not lines:
        raise Problem("no door is open: name an address in smtp.listen or lmtp.listen")
    return _template(SOCKET).format(config=_quoted(str(config.file)), listens="\n".join(lines))


def _template(name: str) -> str:
    return (files("templates") / "service" / name).read_text(encoding="utf-8")


def _written(config: Config) -> Iterator[Path]:
    """The folders that the desk writes in."""
    yield config.store.data
    url = make_url(config.store.url)
    if url.get_backend_name() == "sqlite" and url.database:
        yield Path(url.database).absolute().parent
    if config.outgoing.maildir is not None:
        yield config.outgoing.maildir


def _folders(written: tuple[Path, ...]) -> Iterator[str]:
    """What may be written: a folder of /var/lib is made and owned by systemd, others have to be there."""
    for folder in dict.fromkeys(written):
        if any(other in folder.parents for other in written):
            continue
        if STATE in folder.parents and _OF_STATE.fullmatch(name := str(folder.relative_to(STATE))):
            yield f"StateDirectory={name}"
            yield "StateDirectoryMode=0700"
        else:
            yield f"ReadWritePaths={_quoted(str(folder))}"


def _credentials(config: Config) -> Iterator[str]:
    """The secrets that the configuration looks for among the credentials of the service."""
    named = (
        config.outgoing.password_file,
        config.outgoing.signing.key_file if config.outgoing.signing else None,
        config.smtp.private_key,
        config.smtp.certificate,
        config.submission.logins_file,
        *(mailbox.password_file for mailbox in config.imap),
    )
    for file in dict.fromkeys(named):
        if file is not None and file.parent == CREDENTIALS:
            if not _PLAIN.fullmatch(file.name) or ":" in file.name:
                raise Problem(f"{file}: no credential can have this name; use letters, digits, dots and hyphens")
            yield f"LoadCredential={file.name}:{KEPT / file.name}"


def _is_at_home(path: Path) -> bool:
    return any(path.is_relative_to(home) for home in ("/home", "/root", "/run/user"))


def _quoted(word: str) -> str:
    """A word of a unit file (systemd.syntax(7)): no `%` is a specifier."""
    if _PLAIN.fullmatch(word):
        return word
    if any(letter < " " or letter == "\x7f" for letter in word):
        raise Problem(f"{word!r}: a path with control characters cannot stand in a unit; move it")
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _argument(word: str) -> str:
    """A word behind the program of a command line (systemd.service(5)): there alone `$` would be a variable."""
    return _quoted(word).replace("$", "$$")
