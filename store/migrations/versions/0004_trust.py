"""Who may do what: the ledger of automatic mail, confirmations, blocked senders, keys that can be revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from store.engine import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "ledger",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "at", name=op.f("pk_ledger")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ledger_at", "ledger", ["at"])
    op.create_table(
        "blocks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_blocks")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "confirmations",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("journal_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("answer", sa.String(8), nullable=False, server_default=sa.text("''")),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_confirmations_person_id_people")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_confirmations")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "foreign_references",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_foreign_references_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("domain", "reference", "ticket_id", name=op.f("pk_foreign_references")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "awaited",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_awaited_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("message_id", "ticket_id", name=op.f("pk_awaited")),
        sqlite_with_rowid=False,
    )
    op.add_column("journal", sa.Column("confirmed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("journal", sa.Column("evidence", sa.JSON(none_as_null=True), nullable=True))
    for name in ("automatic", "unheeded"):
        op.add_column("tickets", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("people", sa.Column("serial", sa.Integer(), nullable=False, server_default=sa.text("1")))
    op.add_column("people", sa.Column("disabled", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("people", sa.Column("unreachable_since", UtcDateTime(), nullable=True))
    # Reply addresses had no end before. They stand in people's mailboxes and were promised to work: each lives as long
    # as one that is written today. NULL would be for ever, and counting from when they were made would end some of them
    # in the night of the upgrade, without a word.
    reply_keys = sa.table("reply_keys", sa.column("expires_at", UtcDateTime()))
    op.execute(sa.update(reply_keys).where(reply_keys.c.expires_at.is_(None)).values(expires_at=_a_year_from_now()))


def _a_year_from_now() -> datetime:
    return datetime.now(UTC) + timedelta(days=365)
