"""What goes along with a notice to the staff, in the configuration: `[notices]`.

In: the table as it was written, and where the web door is. Out: a `Notifying`. Opens no file.
"""

from __future__ import annotations

from gateway.config.kinds import Amount, Table, expect
from gateway.rules.policy.notices import Notifying

FILES = "/file/"


class NoticesTable(Table):
    attach_mb: Amount = expect("a number of megabytes from 0 to 25", 5, ge=0, le=25)


def build(table: NoticesTable, *, web: bool, public_url: str) -> Notifying:
    """Links lead to the web door: where none is open, or nobody said what it is called outside, there are none."""
    files_url = f"{public_url.rstrip('/')}{FILES}" if web and public_url else ""
    return Notifying(attach=int(table.attach_mb * 1_000_000), files_url=files_url)
