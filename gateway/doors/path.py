"""The reverse-path and forward-path of SMTP commands (RFC 5321 section 4.1.2), read strictly and in one pass.

In: the argument of MAIL or RCPT. Out: the address and its parameters, or `BadPath` with the reply to give. A source
route, a control character or anything that is not exactly one mailbox in angle brackets is refused; so is a recipient
whose local part says where else the mail should go.
"""

from __future__ import annotations

from parsing.address import is_address

MAX_PARAMETERS = 10
POSTMASTER = "postmaster"
"""The one recipient that has no domain (RFC 5321 section 4.5.1), in any case."""
_ROUTES = frozenset('%!@"')
"""What stands in the local part of a recipient when somebody hopes for a relay."""

Parameters = dict[str, str]


class BadPath(Exception):
    """The text of the exception is the SMTP reply."""


def read_path(keyword: str, arg: str, *, allow_null: bool) -> tuple[str, Parameters]:
    """`FROM:<a@b> SIZE=10` → (`a@b`, {`SIZE`: `10`}); the null reverse-path is the empty string."""
    syntax = f"501 5.5.4 Syntax: {'MAIL' if keyword == 'FROM' else 'RCPT'} {keyword}:<address>"
    if arg[: len(keyword) + 1].upper() != f"{keyword}:":
        raise BadPath(syntax)
    path = arg[len(keyword) + 1 :].lstrip(" ")
    if not path.startswith("<"):
        raise BadPath(syntax)
    end = path.find(">", _after_quotes(path))
    if end < 0:
        raise BadPath(syntax)
    address, rest = path[1:end], path[end + 1 :]
    if rest and not rest.startswith(" "):
        raise BadPath(syntax)
    if not address and allow_null:
        return "", _parameters(rest, syntax)
    if not is_address(address) and not (keyword == "TO" and address.lower() == POSTMASTER):
        raise BadPath("501 5.1.3 Malformed address" if keyword == "TO" else "501 5.1.7 Malformed address")
    if keyword == "TO" and not _ROUTES.isdisjoint(address.rpartition("@")[0]):
        raise BadPath("550 5.7.1 Nothing is relayed here")
    return address, _parameters(rest, syntax)


def _after_quotes(path: str) -> int:
    """Where the closing bracket may stand: after a quoted local part."""
    if not path.startswith('<"'):
        return 1
    position = 2
    while position < len(path) and path[position] != '"':
        position += 2 if path[position] == "\\" else 1
    return position


def _parameters(rest: str, syntax: str) -> Parameters:
    words = rest.split()
    if len(words) > MAX_PARAMETERS:
        raise BadPath(syntax)
    found: Parameters = {}
    for word in words:
        name, _, value = word.partition("=")
        if not name.replace("-", "").isalnum() or not name.isascii() or name.upper() in found:
            raise BadPath(syntax)
        found[name.upper()] = value
    return found
