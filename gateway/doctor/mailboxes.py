"""Mailboxes on other servers: whether each can be logged in to and collected, and what the desk has of it.

In: the configuration, the environment, the store, and a login to each server that changes nothing there. Out: findings.
A server that does not answer costs the other mailboxes a few seconds, and is said.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.collection.options import NoPassword, mailbox_options, password_of
from gateway.config.settings import ImapMailbox
from gateway.doctor.finding import Finding, fine, problem, warning
from gateway.doctor.house import House
from gateway.doors.imap.sight import NoMailbox, Place, Sight, sight
from store import mailboxes
from store.mailboxes import Mailbox, Refusals
from store.opening import HEAD, revision

AREA = "mailboxes"
SECONDS = 8.0
"""How long each answer of a server may take here; a serving desk is more patient."""
ALL_SECONDS = 60.0
"""How long all of them may take together; those that were not asked by then are not said to be well."""
SLOW = timedelta(minutes=5)
LOOKS = 3
LATELY = timedelta(days=7)
STUCK = timedelta(hours=1)
"""How long a message that is kept may wait to be moved or flagged."""
_KEPT = "its messages stay there meanwhile"


def check(house: House) -> Iterator[Finding]:
    """What the desk has of each mailbox first, which takes no time; then each server, in the order of the file."""
    known, refusals, stuck = _known(house)
    for mailbox in house.config.imap:
        row = known.get(mailbox.name)
        yield from _of_store(house, mailbox, row, refusals.get(row.id) if row else None)
        if row is not None and row.id in stuck:
            what = f"{_named(mailbox)}: {_many(stuck[row.id])} could not be moved or flagged for an hour or more"
            yield warning(AREA, what, "no mail is missing; look for a full folder or missing rights on the server")
    for mailbox in house.config.imap:
        yield from _of_server(house, mailbox)


def _known(house: House) -> tuple[dict[str, Mailbox], dict[int, Refusals], dict[int, int]]:
    if not house.config.imap or house.store is None or revision(house.store) != HEAD:
        return {}, {}, {}
    with house.store.look() as connection:
        found = {one.name: one for one in mailboxes.listing(connection)}
        return found, mailboxes.refusals(connection), mailboxes.stuck(connection, house.desk_now - STUCK)


# What the desk has


def _of_store(house: House, mailbox: ImapMailbox, row: Mailbox | None, refused: Refusals | None) -> Iterator[Finding]:
    named, now = _named(mailbox), house.desk_now
    looked_at = row.looked_at if row else None
    start = "read the log of the serving process" if house.server else 'run "replydesk serve"'
    if row is not None and row.problem:
        yield warning(AREA, f"{named} is not collected: {row.problem}", f"mend it; {_KEPT}, and it is tried again")
    elif row is None or looked_at is None:
        yield warning(AREA, f"{named} was not looked at yet", start)
    elif now - looked_at > max(SLOW, LOOKS * timedelta(seconds=mailbox.poll_seconds)):
        yield warning(AREA, f"{named} was looked at {_ago(looked_at, now)} ago", start)
    elif row.there != row.known:
        what = f"{named}: its server counts {_many(row.there)}, the journal has {row.known} of them"
        yield warning(AREA, what, "ask again in some minutes; if it stays, the log names what cannot be fetched")
    else:
        what = f"{named} was looked at {_ago(looked_at, now)} ago: {_many(row.there)}, all in the journal"
        yield fine(AREA, what)
    if refused is not None:
        what = f"{named}: {_many(refused.count)} could not be taken whole, the last {_ago(refused.last_at, now)} ago"
        where = f'"replydesk imap show {mailbox.number}" says why; they lie in its folder {mailbox.refused_folder}'
        yield warning(AREA, what, where) if now - refused.last_at < LATELY else fine(AREA, what)


# What the server says


def _of_server(house: House, mailbox: ImapMailbox) -> Iterator[Finding]:
    try:
        password = password_of(mailbox, os.environ)
    except NoPassword as error:
        yield warning(AREA, f"{_named(mailbox)} was not tried: {error}", "ask with the variables of the serving desk")
        return
    told = mailbox_options(house.config, mailbox, password)
    try:
        seen = sight(replace(told, timeout=min(SECONDS, mailbox.timeout)))
    except NoMailbox as error:
        yield problem(AREA, f"{_named(mailbox)}: {error}", f"mend imap[{mailbox.number}], or the server; {_KEPT}")
        return
    yield fine(AREA, f"{_named(mailbox)} lets us in: {_offers(mailbox, seen)}")
    yield from _places(mailbox, seen)


def _offers(mailbox: ImapMailbox, seen: Sight) -> str:
    words = ["encrypted" if seen.encrypted else "not encrypted, on this machine", _many(seen.messages)]
    words.append("IDLE" if seen.idles else f"no IDLE: new mail is seen every {mailbox.poll_seconds:g} s")
    words += [
        word
        for word, there in (("MOVE", seen.moves), ("UIDPLUS", seen.expunges), ("ESEARCH", seen.lists_short))
        if there
    ]
    return ", ".join(words)


def _places(mailbox: ImapMailbox, seen: Sight) -> Iterator[Finding]:
    """The folders that messages are moved to, and whether they can be taken from where they are."""
    named = _named(mailbox)
    if seen.writable is False:
        what = f"{named}: we may read its messages, and neither flag nor move them"
        cure = f'let the account write there (rights w, t and e), or set imap[{mailbox.number}].after = "leave"'
        bad = mailbox.after != "leave"
        yield problem(AREA, what, cure) if bad else warning(AREA, f"{what}: what cannot be taken stays there", cure)
    folders = [("refused_folder", mailbox.refused_folder, seen.refused_folder)]
    if mailbox.after == "move":
        folders.append(("done_folder", mailbox.done_folder, seen.done_folder))
        if not seen.moves and not seen.expunges:
            yield warning(
                AREA,
                f"{named}: its server has neither MOVE nor UIDPLUS: what is moved may stay behind, marked as deleted",
                f'set imap[{mailbox.number}].after = "flag", or let the server offer one of the two',
            )
    for key, name, place in folders:
        if place is Place.LOCKED:
            cure = f"let the account insert there (right i), or name another in imap[{mailbox.number}].{key}"
            yield problem(AREA, f"{named}: the folder {name} is {place}", cure)
        else:
            made = "there" if place is Place.THERE else "made with the first message that goes there"
            yield fine(AREA, f"{named}: the folder {name} is {made}")


def _named(mailbox: ImapMailbox) -> str:
    return f"mailbox {mailbox.number} ({mailbox.name})"


def _many(count: int) -> str:
    return f"{count} message{'' if count == 1 else 's'}"


def _ago(then: datetime, now: datetime) -> str:
    seconds = max(0, int((now - then).total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h" if seconds < 172_800 else f"{seconds // 86_400} days"
