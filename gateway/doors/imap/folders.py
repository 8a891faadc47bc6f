"""Where a folder of ours lies on a server: as it is named, or under the prefix of the server's personal namespace.

In: the name of the configuration. Out: the name that the server takes. Some servers keep all folders of a person under
`INBOX.` and refuse every other name (RFC 2342).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.doors.imap.fault import Refused

if TYPE_CHECKING:
    from gateway.doors.imap.client import Client

PREFIXES = ("INBOX.", "INBOX/")
"""What is tried where a server does not say."""
_LONGEST = 100


def parsed_prefixes(personal: Any) -> tuple[str, ...]:
    """The prefixes of imapclient's answer; none where folders may lie at the top."""
    found = [prefix for prefix, _ in personal or () if isinstance(prefix, str) and 0 < len(prefix) <= _LONGEST]
    return tuple(found[:3])


class Folders:
    """The folders that mail is moved to, on one connection; each is looked for once, and made where it is missing."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, str] = {}

    def place(self, name: str) -> str:
        """The server's name of that folder. Raises `Refused` when it can neither be found nor made."""
        if name not in self._known:
            self._known[name] = self.found(name) or self._made(name)
        return self._known[name]

    def forget(self) -> None:
        """Somebody may have removed one."""
        self._known.clear()

    def found(self, name: str) -> str:
        """The server's name of a folder that is there; empty: it is not."""
        for candidate in self._candidates(name):
            if self._client.has_folder(candidate):
                return candidate
        return ""

    def _made(self, name: str) -> str:
        refusal = Refused("")
        for candidate in self._candidates(name):
            try:
                self._client.make_folder(candidate)
            except Refused as error:
                refusal = error
            else:
                return candidate
        raise refusal

    def _candidates(self, name: str) -> list[str]:
        prefixes = self._client.prefixes()
        return [name, *(prefix + name for prefix in prefixes if not name.startswith(prefix))]
