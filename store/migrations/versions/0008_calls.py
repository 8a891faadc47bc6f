"""Live calls: calls of tickets, grants that book once, invites, when the staff is busy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.engine import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("calls", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "calls",
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("capability", sa.String(64), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("approve_until", UtcDateTime(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("within", UtcDateTime(), nullable=True),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("wishes", sa.Text(), nullable=False),
        sa.Column("offered", sa.JSON(), nullable=False),
        sa.Column("offered_at", UtcDateTime(), nullable=True),
        sa.Column("cell", UtcDateTime(), nullable=True),
        sa.Column("start", UtcDateTime(), nullable=True),
        sa.Column("end", UtcDateTime(), nullable=True),
        sa.Column("booked_at", UtcDateTime(), nullable=True),
        sa.Column("room", sa.String(64), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("assigned", sa.Text(), nullable=False),
        sa.Column("assigned_at", UtcDateTime(), nullable=True),
        sa.Column("acked_at", UtcDateTime(), nullable=True),
        sa.Column("passed", sa.JSON(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.Column("short_since", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("outcome_asked_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "number", name=op.f("pk_calls")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_calls_ticket_id_tickets")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "grants",
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("capability", sa.String(64), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("redeemed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "number", name=op.f("pk_grants")),
        sa.ForeignKeyConstraint(
            ["ticket_id", "number"], ["calls.ticket_id", "calls.number"], name=op.f("fk_grants_ticket_id_calls")
        ),
        sa.UniqueConstraint("hash", name=op.f("uq_grants_hash")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invites",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("attendee", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("dtstamp", UtcDateTime(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("partstat", sa.String(32), nullable=False),
        sa.Column("reply_sequence", sa.Integer(), nullable=False),
        sa.Column("reply_dtstamp", UtcDateTime(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_invites")),
        sa.ForeignKeyConstraint(
            ["ticket_id", "number"], ["calls.ticket_id", "calls.number"], name=op.f("fk_invites_ticket_id_calls")
        ),
        sa.UniqueConstraint("ticket_id", "number", "ordinal", name=op.f("uq_invites_ticket_id_number_ordinal")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "call_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("journal_id", sa.BigInteger(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("cell", UtcDateTime(), nullable=True),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_versions")),
        sa.ForeignKeyConstraint(
            ["ticket_id", "number"],
            ["calls.ticket_id", "calls.number"],
            name=op.f("fk_call_versions_ticket_id_calls"),
        ),
    )
    op.create_table(
        "busy",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("start", UtcDateTime(), nullable=False),
        sa.Column("end", UtcDateTime(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy")),
    )
    op.create_table(
        "feeds",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feeds")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_calls_cell", "calls", ["cell"])
    requested = sa.text("state = 'requested'")
    op.create_index("ix_calls_requested", "calls", ["requested_at"], sqlite_where=requested, postgresql_where=requested)
    issued = sa.text("state = 'issued'")
    op.create_index(
        "ix_grants_issued",
        "grants",
        ["ticket_id", "capability"],
        unique=True,
        sqlite_where=issued,
        postgresql_where=issued,
    )
    op.create_index("ix_call_versions_ticket_id", "call_versions", ["ticket_id", "number"])
    op.create_index("ix_call_versions_journal_id", "call_versions", ["journal_id"])
    op.create_index("ix_call_versions_cell", "call_versions", ["cell"])
    op.create_index("ix_busy_end", "busy", ["end"])
