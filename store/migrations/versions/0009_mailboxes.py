"""Mailboxes that mail is collected from; why a mail could not be taken whole, and how long it lay on its server."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.engine import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("journal", sa.Column("withheld", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("journal", sa.Column("waited_since", UtcDateTime(), nullable=True))
    op.create_table(
        "mailboxes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uidnext", sa.BigInteger(), nullable=False),
        sa.Column("history_below", sa.BigInteger(), nullable=False),
        sa.Column("first_looked_at", UtcDateTime(), nullable=False),
        sa.Column("looked_at", UtcDateTime(), nullable=True),
        sa.Column("there", sa.BigInteger(), nullable=False),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.Column("withheld", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("lease_owner", sa.String(40), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailboxes")),
        sa.UniqueConstraint("name", name=op.f("uq_mailboxes_name")),
    )
    op.create_table(
        "collected",
        sa.Column("mailbox_id", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("journal_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("stand", sa.String(8), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox_id", "generation", "uid", name=op.f("pk_collected")),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailboxes.id"], name=op.f("fk_collected_mailbox_id_mailboxes")),
        sa.ForeignKeyConstraint(["journal_id"], ["journal.id"], name=op.f("fk_collected_journal_id_journal")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_collected_sha256", "collected", ["sha256", "mailbox_id"])
