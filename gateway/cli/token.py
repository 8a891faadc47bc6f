"""`replydesk token microsoft`: an OAuth2 access token for a mailbox or a smarthost of Microsoft 365.

In: tenant, client id, and either the file of the application's secret or the cache of a login that a person has made
once with `--login`. Out: the token alone on stdout, for `token_command` of `[[imap]]` and `[outgoing]`; exit status 1
when somebody must do something, 75 when Microsoft cannot be reached now. It reads no configuration, asks nothing on
stdin, and lets no token and no secret into a sentence. Needs msal (`replydesk[microsoft]`).
"""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from gateway.cli.deliver import TRY_AGAIN
from gateway.cli.desk import Problem, Usage

AUTHORITY = "https://login.microsoftonline.com/"
APPLICATION_SCOPES = ("https://outlook.office365.com/.default",)
"""What an administrator has granted to the application: IMAP.AccessAsApp, SMTP.SendAsApp.
https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
"""
PERSON_SCOPES = ("https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send")
SECONDS = 10.0
"""For each answer of Microsoft: whoever runs `token_command` waits for 30 seconds."""
MOST_BYTES = 1 << 20
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}")
_CODE = re.compile(r"AADSTS[0-9]{1,9}")
_LATER = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
_FILE = click.Path(path_type=Path, dir_okay=False)


class Later(click.ClickException):
    """Nobody has to do anything but wait; exit status 75."""

    exit_code = TRY_AGAIN


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks: the application, and the person whose login is used (empty: the only one in the cache)."""

    tenant: str
    client_id: str
    secret: str
    account: str


@click.group()
def token() -> None:
    """Access tokens for mail servers that take no password."""


@token.command()
@click.option("--tenant", required=True, help="The directory: its domain or its number.")
@click.option("--client-id", required=True, help="The number of the registered application.")
@click.option("--client-secret-file", type=_FILE, help="A file with the application's secret: no person logs in.")
@click.option("--cache", type=_FILE, help="The file in which tokens are kept; a login needs one.")
@click.option("--account", default="", help="Whose login, when the cache has several.")
@click.option("--login", is_flag=True, help="Log in once as a person, in a browser anywhere.")
def microsoft(
    tenant: str, client_id: str, client_secret_file: Path | None, cache: Path | None, account: str, *, login: bool
) -> None:
    """Print an access token for IMAP and SMTP of Microsoft 365."""
    if not _TENANT.fullmatch(tenant):
        raise Usage("--tenant: write the domain or the number of the directory, such as example.onmicrosoft.com")
    if client_secret_file is not None and (login or account):
        raise Usage("--client-secret-file is for the application itself: --login and --account are for persons")
    if client_secret_file is None and cache is None:
        raise Usage("give --client-secret-file, or --cache with the login of a person")
    try:
        import msal  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise Problem('msal is not installed: pip install "replydesk[microsoft]"') from None
    secret = _secret(client_secret_file) if client_secret_file is not None else ""
    asked = Asked(tenant, client_id, secret, account)
    with _reaching(msal), _kept(msal.SerializableTokenCache(), cache) as tokens:
        if login:
            click.echo(f"{_log_in(_person(msal, asked, tokens))} is logged in.", err=True)
            return
        found = _of_application(msal, asked, tokens) if secret else _of_person(_person(msal, asked, tokens), asked)
    click.echo(found)


def reach() -> Any:
    """What speaks HTTP for msal; None is its own: requests, which verifies certificates."""
    return None


def _of_application(msal: Any, asked: Asked, tokens: Any) -> str:
    app = msal.ConfidentialClientApplication(
        asked.client_id, client_credential=asked.secret, token_cache=tokens, **_way(asked)
    )
    return _access(app.acquire_token_for_client(scopes=list(APPLICATION_SCOPES)), "look at the application's secret")


def _person(msal: Any, asked: Asked, tokens: Any) -> Any:
    return msal.PublicClientApplication(asked.client_id, token_cache=tokens, **_way(asked))


def _way(asked: Asked) -> dict[str, Any]:
    """The host is fixed, so it need not be looked up whether it is Microsoft's."""
    return {
        "authority": AUTHORITY + asked.tenant,
        "http_client": reach(),
        "timeout": SECONDS,
        "instance_discovery": False,
    }


def _log_in(app: Any) -> str:
    """The device flow (RFC 8628); who has logged in."""
    flow = app.initiate_device_flow(scopes=list(PERSON_SCOPES))
    if "user_code" not in flow:
        raise _refusal(flow, "allow public client flows in the application")
    click.echo(f"Open {_plain(flow['verification_uri'])} and enter the code {_plain(flow['user_code'])}", err=True)
    found = app.acquire_token_by_device_flow(flow)
    _access(found, "run it again")
    return _plain(found.get("id_token_claims", {}).get("preferred_username") or "the account")


def _of_person(app: Any, asked: Asked) -> str:
    """The login in the cache, made fresh when it is old."""
    accounts = app.get_accounts(username=asked.account or None)
    if not accounts:
        raise Problem("nobody is logged in there: run it once by hand with --login")
    if len(accounts) > 1:
        raise Problem("several people are logged in there: name one with --account")
    found = app.acquire_token_silent_with_error(list(PERSON_SCOPES), account=accounts[0])
    return _access(found or {"error": "no_token"}, "run it once by hand with --login")


def _access(found: Mapping[str, Any], cure: str) -> str:
    access = found.get("access_token")
    if not access:
        raise _refusal(found, cure)
    return str(access)


def _refusal(found: Mapping[str, Any], cure: str) -> click.ClickException:
    """Microsoft's words about it are left out but for the code, which is what one looks up."""
    error = _plain(found.get("error", "unknown"))
    code = _CODE.search(str(found.get("error_description", ""))[:2000])
    said = f"{error}, {code[0]}" if code else error
    if error in _LATER:
        return Later(f"Microsoft gives no token now ({said}): try again later")
    return Problem(f"Microsoft gives no token ({said}): {cure}")


def _plain(text: object) -> str:
    """Somebody else's word, short, without controls."""
    return "".join(letter for letter in str(text)[:200] if letter.isprintable())


@contextmanager
def _reaching(msal: Any) -> Iterator[None]:
    """A fault of the network is one of those that pass."""
    try:
        yield
    except OSError as error:  # requests' exceptions are
        raise Later(f"Microsoft cannot be reached ({type(error).__name__}): try again later") from None
    except (json.JSONDecodeError, msal.exceptions.MsalError):
        raise Later("Microsoft gives an answer that is none: try again later") from None
    except ValueError:  # msal: no such authority
        raise Problem("Microsoft does not know that: look at --tenant and --client-id") from None


def _secret(file: Path) -> str:
    text = _read(file, "--client-secret-file").strip()
    if not text or len(text) > 1000 or not text.isprintable():
        raise Problem(f"--client-secret-file {file}: put nothing but the secret there, on one line")
    return text


@contextmanager
def _kept(tokens: Any, file: Path | None) -> Iterator[Any]:
    """The cache as its file has it, written back when something in it is new."""
    if file is not None and file.exists():
        text = _read(file, "--cache")
        if not _is_cache(text):
            raise Problem(f"--cache {file} is none: remove it and log in again")
        tokens.deserialize(text)
    try:
        yield tokens
    finally:
        if file is not None and tokens.has_state_changed:
            _write(file, tokens.serialize())


def _is_cache(text: str) -> bool:
    """Tables of entries that are tables, as msal writes them; it falls over anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    tables = list(found.values()) if isinstance(found, dict) else [None]
    return all(isinstance(table, dict) and all(isinstance(one, dict) for one in table.values()) for table in tables)


def _read(file: Path, option: str) -> str:
    """A file with secrets; nobody else may read it."""
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
        if mode & 0o077:
            raise Problem(f"{option} {file} is open to others ({mode:04o}): chmod 600 {file}")
        if len(content) > MOST_BYTES:
            raise Problem(f"{option} {file} is larger than anything that belongs there")
        return content.decode()
    except OSError as error:
        raise Problem(f"{option} {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Problem(f"{option} {file} is not UTF-8") from None


def _write(file: Path, text: str) -> None:
    """Whole or not at all: two may write at once, and each has good tokens."""
    beside = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor, not a path
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(file)
    except OSError as error:  # the token is good all the same
        with suppress(OSError):
            beside.unlink()
        print(f"--cache {file} cannot be written: {error.strerror}", file=sys.stderr)
