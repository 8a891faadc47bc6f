"""The odd bounces that flufl.bounce knows: some forty formats of servers long gone, still met in old archives.

In: the tree and text of a bounce in which nothing else found an address. Out: addresses, each with whether it failed
for good. Must never raise, and never give the detectors more than the caps: each of them reads every line of the body
once for each of its patterns.
"""

from __future__ import annotations

import logging
from email.message import Message

from parsing.address import is_address
from parsing.headers import decoded
from parsing.tree import Tree

_LINES = 200
_LINE = 200
_HEADERS = ("from", "to", "subject", "x-mailer")


def recipients(tree: Tree, text: str) -> dict[str, bool]:
    """Address to whether the failure is permanent."""
    if "@" not in text:
        return {}
    from flufl.bounce import all_failures  # late: few bounces need it, and it costs every reader 20 ms at its start

    logging.getLogger("flufl.bounce").disabled = True  # it would write what a stranger's mail made it stumble over
    try:
        temporary, permanent = all_failures(_bounded(tree, text))
    except (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError):
        return {}
    found = dict.fromkeys((_text(one) for one in temporary), False) | dict.fromkeys(map(_text, permanent), True)
    return {address: found[address] for address in sorted(found) if is_address(address)}


def _bounded(tree: Tree, text: str) -> Message:
    """A message of the standard library: a few headers, and the first lines of the readable text."""
    message = Message()
    for name in _HEADERS:
        for value in tree.root.fields.get(name, [])[:1]:
            message[name] = decoded(value)[:_LINE].encode("ascii", "replace").decode()
    lines = [line[:_LINE] for line in text.split("\n")[:_LINES]]
    message.set_payload("\n".join(lines).encode("ascii", "replace").decode())
    return message


def _text(address: bytes) -> str:
    return address.decode("ascii", "replace")
