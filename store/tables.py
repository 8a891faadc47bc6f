"""The tables, in the order in which a mail meets them. Text columns never hold NUL; times are aware UTC.

Only portable types stand here; what differs between SQLite and PostgreSQL is `store.engine`'s alone. The schema that
is really in a database comes from `store/migrations`; a test compares the two. It is longer than other files because it
is one list on one `MetaData`: who wonders what is stored, and what refers to what, finds it in this one place.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    false,
    literal_column,
    text,
)

from store.engine import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

FIRST_TICKET = 1001
"""The number of a desk's first ticket: four digits read as a reference, one digit as a count."""

Identity = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit row number; SQLite numbers rows itself only when the type is called INTEGER."""

# Raw messages and large files, by their own sha256, so that one backup holds everything.

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("unfinished_since", UtcDateTime),
    sqlite_with_rowid=False,
)
Index(
    "ix_blobs_unfinished",
    blobs.c.unfinished_since,
    sqlite_where=blobs.c.unfinished_since.is_not(None),
    postgresql_where=blobs.c.unfinished_since.is_not(None),
)

blob_chunks = Table(
    "blob_chunks",
    metadata,
    Column("sha256", String(64), ForeignKey("blobs.sha256"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

# Every accepted message, with its one verdict. `lease_until` says until when a settler has it in hand.

journal = Table(
    "journal",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("received_at", UtcDateTime, nullable=False),
    Column("door", String(16), nullable=False),
    Column("client", Text, nullable=False, default=""),
    Column("hello", Text, nullable=False, default=""),
    Column("login", Text, nullable=False, default="", server_default=text("''")),
    Column("envelope_from", Text, nullable=False),
    Column("envelope_to", JSON, nullable=False),
    Column("history", Boolean, nullable=False, default=False),
    Column("released", Boolean, nullable=False, default=False),
    Column("sha256", String(64), ForeignKey("blobs.sha256"), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("lease_owner", String(40), nullable=False, default=""),
    Column("lease_until", UtcDateTime),
    Column("verdict", String(32)),
    Column("previous", String(32)),
    Column("reason", Text, nullable=False, default=""),
    Column("decided_at", UtcDateTime),
    Column("ticket_id", BigInteger),
    Column("trust", String(1), nullable=False, default=""),
    Column("mailbox", Text, nullable=False, default=""),
    Column("message_id", Text, nullable=False, default=""),
    Column("content_hash", String(64), nullable=False, default=""),
    Column("trace", JSON, nullable=False, default=list),
    Column("confirmed", Boolean, nullable=False, default=False, server_default=false()),
    Column("evidence", JSON(none_as_null=True)),
    Column("withheld", Text, nullable=False, default="", server_default=text("''")),
    Column("waited_since", UtcDateTime),
)
Index(
    "ix_journal_undecided",
    journal.c.lease_until,
    journal.c.id,
    sqlite_where=journal.c.verdict.is_(None),
    postgresql_where=journal.c.verdict.is_(None),
)
Index("ix_journal_message_id", journal.c.message_id)
Index("ix_journal_content_hash", journal.c.content_hash)
Index("ix_journal_sha256", journal.c.sha256)
Index("ix_journal_ticket_id", journal.c.ticket_id)

people = Table(
    "people",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("address", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, default=""),
    Column("language", String(16), nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("serial", Integer, nullable=False, default=1, server_default=text("1")),
    Column("disabled", Boolean, nullable=False, default=False, server_default=false()),
    Column("unreachable_since", UtcDateTime),
    Column("away_until", UtcDateTime),
    Column("commands_until", UtcDateTime),
    Column("notices", String(16), nullable=False, default="", server_default=text("''")),
    Column("digested_at", UtcDateTime),
    Column("digest_asked", Boolean, nullable=False, default=False, server_default=false()),
)

# What has been spent of each budget: how many in the second `at` (since 1970; coarser where many are counted).

ledger = Table(
    "ledger",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_ledger_at", ledger.c.at)

# Addresses and domains that nothing is taken from.

blocks = Table(
    "blocks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("why", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

# The secret addresses at which somebody says that a mail is theirs, by fingerprint; `answer` is empty until then.

confirmations = Table(
    "confirmations",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("journal_id", BigInteger, nullable=False),
    Column("person_id", BigInteger, ForeignKey("people.id"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("answer", String(8), nullable=False, default="", server_default=text("''")),
    Column("answered_by", BigInteger),
    sqlite_with_rowid=False,
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("type", String(32), nullable=False),
    Column("status", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("topic", Text, nullable=False, default=""),
    Column("subtopic", Text, nullable=False, default=""),
    Column("topic_reason", Text, nullable=False, default=""),
    Column("priority", Integer, nullable=False),
    Column("priority_reason", Text, nullable=False, default=""),
    Column("team", String(64), nullable=False),
    Column("helpers", JSON, nullable=False, default=list),
    Column("assignee", Text, nullable=False, default=""),
    Column("requester_id", BigInteger, ForeignKey("people.id"), nullable=False),
    Column("mailbox", Text, nullable=False),
    Column("language", String(16), nullable=False, default=""),
    Column("audience", String(16), nullable=False, default="customer"),
    Column("tags", JSON, nullable=False, default=list),
    Column("outcome", Text, nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("resolved_at", UtcDateTime),
    Column("automatic", Integer, nullable=False, default=0, server_default=text("0")),
    Column("unheeded", Integer, nullable=False, default=0, server_default=text("0")),
    Column("division", String(32), nullable=False, default="", server_default=text("''")),
    Column("status_category", String(16), nullable=False, default="open", server_default=text("'open'")),
    Column("ruf", String(1), nullable=False, default="", server_default=text("''")),
    Column("impact", Integer, nullable=False, default=0, server_default=text("0")),
    Column("urgency", Integer, nullable=False, default=0, server_default=text("0")),
    Column("overridden", Boolean, nullable=False, default=False, server_default=false()),
    Column("waiting_on", String(16), nullable=False, default="", server_default=text("''")),
    Column("blocked_on", String(32), nullable=False, default="", server_default=text("''")),
    Column("next_action", Text, nullable=False, default="", server_default=text("''")),
    Column("scheduled_for", UtcDateTime),
    Column("snoozed_until", UtcDateTime),
    Column("estimate", Integer, nullable=False, default=0, server_default=text("0")),
    Column("logged", Integer, nullable=False, default=0, server_default=text("0")),
    Column("closed_as", String(16), nullable=False, default="", server_default=text("''")),
    Column("root_cause", Text, nullable=False, default="", server_default=text("''")),
    Column("verified_by", Text, nullable=False, default="", server_default=text("''")),
    Column("reopened", Integer, nullable=False, default=0, server_default=text("0")),
    Column("escalated_at", UtcDateTime),
    Column("escalated_because", Text, nullable=False, default="", server_default=text("''")),
    Column("owned_at", UtcDateTime),
    Column("reassigned_at", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("clocks", JSON(none_as_null=True)),
    Column("facts", JSON(none_as_null=True)),
    Column("intake", JSON(none_as_null=True)),
    Column("calls", JSON(none_as_null=True)),
    Column("promised_at", UtcDateTime),
    Column("handoff", JSON(none_as_null=True)),
    Column("bounced", Integer, nullable=False, default=0, server_default=text("0")),
    Column("house", Text, nullable=False, default="", server_default=text("''")),
    Column("gist", Text, nullable=False, default="", server_default=text("''")),
)
Index("ix_tickets_requester_id", tickets.c.requester_id)
Index("ix_tickets_status", tickets.c.status)

# What a new ticket is akin to: the last ones of its house, the last solved ones of its topic.
Index("ix_tickets_house", tickets.c.house, tickets.c.id)
IS_SOLVED = and_(
    tickets.c.status_category == literal_column("'done'"),
    tickets.c.outcome != literal_column("''"),
    tickets.c.gist != literal_column("''"),
)
Index("ix_tickets_solved", tickets.c.topic, tickets.c.id, sqlite_where=IS_SOLVED, postgresql_where=IS_SOLVED)

# What is still to be done, in the order in which it is: whoever takes the next one, and what each has on their hands.
IS_OPEN = tickets.c.status_category != literal_column("'done'")
Index(
    "ix_tickets_open",
    tickets.c.team,
    tickets.c.assignee,
    tickets.c.priority,
    tickets.c.due_at,
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)

# Who was given what lately: whoever waited longest comes first.
IS_ASSIGNED = tickets.c.assignee != literal_column("''")
Index(
    "ix_tickets_given",
    tickets.c.owned_at,
    tickets.c.assignee,
    sqlite_where=IS_ASSIGNED,
    postgresql_where=IS_ASSIGNED,
)

participants = Table(
    "participants",
    metadata,
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), primary_key=True),
    Column("person_id", BigInteger, ForeignKey("people.id"), primary_key=True),
    Column("kind", String(16), nullable=False),
    sqlite_with_rowid=False,
)

messages = Table(
    "messages",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False),
    Column("journal_id", BigInteger),
    Column("ordinal", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("direction", String(8), nullable=False),
    Column("role", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("from_name", Text, nullable=False, default=""),
    Column("from_address", Text, nullable=False),
    Column("to", JSON, nullable=False, default=list),
    Column("subject", Text, nullable=False, default=""),
    Column("message_id", Text, nullable=False, default=""),
    Column("text", Text, nullable=False, default=""),
    Column("trust", String(1), nullable=False, default=""),
    Column("files", JSON, nullable=False, default=list),
    Column("forwarded", JSON(none_as_null=True)),
    Column("cautions", Text, nullable=False, default="", server_default=text("''")),
    UniqueConstraint("journal_id", "ordinal"),
)
Index("ix_messages_ticket_id", messages.c.ticket_id)
Index("ix_messages_message_id", messages.c.message_id)

events = Table(
    "events",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False),
    Column("journal_id", BigInteger),
    Column("ordinal", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("detail", JSON, nullable=False, default=dict),
    Column("was", JSON(none_as_null=True)),
    UniqueConstraint("journal_id", "ordinal", "ticket_id"),
)
Index("ix_events_ticket_id", events.c.ticket_id)
Index("ix_events_at", events.c.at)

# How another ticket system calls a case of ours in its subjects, by the domain that it writes from.

foreign_references = Table(
    "foreign_references",
    metadata,
    Column("domain", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), primary_key=True),
    sqlite_with_rowid=False,
)

# Mails that a ticket's first mail answers and that have not come yet: a reply may be settled before what it answers.

awaited = Table(
    "awaited",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), primary_key=True),
    sqlite_with_rowid=False,
)

links = Table(
    "links",
    metadata,
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), primary_key=True),
    Column("other_id", BigInteger, ForeignKey("tickets.id"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_links_other_id", links.c.other_id)

timers = Table(
    "timers",
    metadata,
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False, default="running"),
    Column("detail", JSON(none_as_null=True)),
    sqlite_with_rowid=False,
)
Index("ix_timers_due_at", timers.c.due_at)

# What the desk does by itself at a time, beside any ticket: the daily look at the clocks, the quarter's audit.

chores = Table(
    "chores",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("after", BigInteger, nullable=False, default=0),
    sqlite_with_rowid=False,
)

# The five figures of each day that is over, as they were computed from the events of that day.

figures = Table(
    "figures",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("figures", JSON, nullable=False),
    sqlite_with_rowid=False,
)

# What people made of the desk's sorting: the learner's food.

corrections = Table(
    "corrections",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("field", String(16), nullable=False),
    Column("was", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("became", Text, nullable=False),
)
Index("ix_corrections_ticket_id", corrections.c.ticket_id)
Index("ix_corrections_at", corrections.c.at)

reply_keys = Table(
    "reply_keys",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False),
    Column("person_id", BigInteger, ForeignKey("people.id"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("audience", String(16), nullable=False),
    Column("serial", Integer, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked", Boolean, nullable=False, default=False),
    sqlite_with_rowid=False,
)
Index("ix_reply_keys_ticket_id", reply_keys.c.ticket_id)

# What leaves. One row is one mail to one person; its letter, and its bytes once they exist, stand apart, because
# SQLite writes a whole row anew when its state changes.

outbox = Table(
    "outbox",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id")),
    Column("journal_id", BigInteger),
    Column("purpose", String(32), nullable=False),
    Column("round", String(64), nullable=False),
    Column("person_id", BigInteger, ForeignKey("people.id"), nullable=False),
    Column("to_address", Text, nullable=False),
    Column("message_id", Text, nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("lease_owner", String(40), nullable=False, default=""),
    Column("lease_until", UtcDateTime),
    Column("last_code", Integer),
    Column("last_text", Text, nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    UniqueConstraint("ticket_id", "purpose", "round", "person_id"),
)
letters = Table(
    "letters",
    metadata,
    Column("outbox_id", Identity, ForeignKey("outbox.id"), primary_key=True, autoincrement=False),
    Column("letter", JSON, nullable=False),
    Column("rendered", LargeBinary),
)

# Written out as text, here and in queries: SQLite uses a partial index only where it sees that the query asks for no
# more than it holds, and a parameter hides that. https://sqlite.org/partialindex.html
IS_WAITING = outbox.c.state.in_([literal_column("'queued'"), literal_column("'sending'")])
IS_FRESH = and_(IS_WAITING, outbox.c.attempts == literal_column("0"))
IS_STUCK = outbox.c.state.in_([literal_column("'held'"), literal_column("'failed'")])

Index(
    "ix_outbox_waiting",
    outbox.c.next_attempt_at,
    outbox.c.lease_until,
    sqlite_where=IS_WAITING,
    postgresql_where=IS_WAITING,
)
Index("ix_outbox_fresh", outbox.c.next_attempt_at, sqlite_where=IS_FRESH, postgresql_where=IS_FRESH)
Index(
    "ix_outbox_stuck",
    outbox.c.state,
    outbox.c.next_attempt_at,
    sqlite_where=IS_STUCK,
    postgresql_where=IS_STUCK,
)

# What each machine of this desk has seen of the store, so that a store that went back in time is noticed.

witnesses = Table(
    "witnesses",
    metadata,
    Column("token", String(32), primary_key=True),
    Column("turn", BigInteger, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

# Live calls of tickets. One call, its grant and its invites are one value of the rules (`store/calls.py`).

calls = Table(
    "calls",
    metadata,
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("capability", String(64), nullable=False),
    Column("level", Integer, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("contact", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("approve_until", UtcDateTime),
    Column("approved_by", Text, nullable=False),
    Column("within", UtcDateTime),
    Column("zone", String(64), nullable=False),
    Column("language", String(16), nullable=False),
    Column("wishes", Text, nullable=False),
    Column("offered", JSON, nullable=False),
    Column("offered_at", UtcDateTime),
    Column("cell", UtcDateTime),
    Column("start", UtcDateTime),
    Column("end", UtcDateTime),
    Column("booked_at", UtcDateTime),
    Column("room", String(64), nullable=False),
    Column("witness", Text, nullable=False),
    Column("assigned", Text, nullable=False),
    Column("assigned_at", UtcDateTime),
    Column("acked_at", UtcDateTime),
    Column("passed", JSON, nullable=False),
    Column("moves", Integer, nullable=False),
    Column("reminded_at", UtcDateTime),
    Column("short_since", UtcDateTime),
    Column("outcome", Text, nullable=False),
    Column("outcome_asked_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("version", Integer, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_calls_cell", calls.c.cell)
IS_REQUESTED = calls.c.state == literal_column("'requested'")
Index("ix_calls_requested", calls.c.requested_at, sqlite_where=IS_REQUESTED, postgresql_where=IS_REQUESTED)

# The right to book a call, once: redeemed by one conditional UPDATE in the turn that books.

grants = Table(
    "grants",
    metadata,
    Column("ticket_id", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("capability", String(64), nullable=False),
    Column("contact", Text, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("redeemed_by", Text, nullable=False),
    ForeignKeyConstraint(["ticket_id", "number"], ["calls.ticket_id", "calls.number"]),
    sqlite_with_rowid=False,
)
IS_ISSUED = grants.c.state == literal_column("'issued'")
Index(
    "ix_grants_issued",
    grants.c.ticket_id,
    grants.c.capability,
    unique=True,
    sqlite_where=IS_ISSUED,
    postgresql_where=IS_ISSUED,
)

# One person's copy of a call's calendar entry (RFC 5546 section 2.1.5).

invites = Table(
    "invites",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("ticket_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("attendee", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("dtstamp", UtcDateTime, nullable=False),
    Column("moved", Integer, nullable=False),
    Column("partstat", String(32), nullable=False),
    Column("reply_sequence", Integer, nullable=False),
    Column("reply_dtstamp", UtcDateTime),
    Column("cancelled", Boolean, nullable=False),
    Column("serial", Integer, nullable=False),
    ForeignKeyConstraint(["ticket_id", "number"], ["calls.ticket_id", "calls.number"]),
    UniqueConstraint("ticket_id", "number", "ordinal"),
    sqlite_with_rowid=False,
)

# What a call has been, a row for each change: tells a call backwards, as events do a ticket, and is its audit.

call_versions = Table(
    "call_versions",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("ticket_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("journal_id", BigInteger),
    Column("at", UtcDateTime, nullable=False),
    Column("cell", UtcDateTime),
    Column("value", JSON, nullable=False),
    ForeignKeyConstraint(["ticket_id", "number"], ["calls.ticket_id", "calls.number"]),
)
Index("ix_call_versions_ticket_id", call_versions.c.ticket_id, call_versions.c.number)
Index("ix_call_versions_journal_id", call_versions.c.journal_id)
Index("ix_call_versions_cell", call_versions.c.cell)

# When members of the staff can take no call, by calendars that were read (`source`: of what). A row of `feeds` says
# when a person's calendar was last read, and what was wrong with it.

busy = Table(
    "busy",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("name", Text, nullable=False),
    Column("start", UtcDateTime, nullable=False),
    Column("end", UtcDateTime, nullable=False),
    Column("source", String(16), nullable=False),
)
Index("ix_busy_end", busy.c.end)
feeds = Table(
    "feeds",
    metadata,
    Column("name", Text, primary_key=True),
    Column("read_at", UtcDateTime, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("problem", Text, nullable=False),
    sqlite_with_rowid=False,
)
mailboxes = Table(
    "mailboxes",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("generation", Integer, nullable=False, default=0),
    Column("uidvalidity", BigInteger, nullable=False, default=0),
    Column("uidnext", BigInteger, nullable=False, default=0),
    Column("history_below", BigInteger, nullable=False, default=1),
    Column("first_looked_at", UtcDateTime, nullable=False),
    Column("looked_at", UtcDateTime),
    Column("there", BigInteger, nullable=False, default=0),
    Column("known", BigInteger, nullable=False, default=0),
    Column("withheld", BigInteger, nullable=False, default=0),
    Column("problem", Text, nullable=False, default=""),
    Column("lease_owner", String(40), nullable=False, default=""),
    Column("lease_until", UtcDateTime),
)
collected = Table(
    "collected",
    metadata,
    Column("mailbox_id", BigInteger, ForeignKey("mailboxes.id"), primary_key=True, autoincrement=False),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("uid", BigInteger, primary_key=True, autoincrement=False),
    Column("journal_id", BigInteger, ForeignKey("journal.id"), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("stand", String(8), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_collected_sha256", collected.c.sha256, collected.c.mailbox_id)
