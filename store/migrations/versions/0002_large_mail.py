"""Large mail in pieces, who logged in at the door, and witnesses of what the store has been."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.engine import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("blobs", sa.Column("unfinished_since", UtcDateTime(), nullable=True))
    op.create_index(
        op.f("ix_blobs_unfinished"),
        "blobs",
        ["unfinished_since"],
        sqlite_where=sa.text("unfinished_since IS NOT NULL"),
        postgresql_where=sa.text("unfinished_since IS NOT NULL"),
    )
    op.add_column("journal", sa.Column("login", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "witnesses",
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_witnesses")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_outbox_fresh"),
        "outbox",
        ["next_attempt_at"],
        sqlite_where=sa.text("state IN ('queued', 'sending') AND attempts = 0"),
        postgresql_where=sa.text("state IN ('queued', 'sending') AND attempts = 0"),
    )
    op.create_index(
        op.f("ix_outbox_stuck"),
        "outbox",
        ["state", "next_attempt_at"],
        sqlite_where=sa.text("state IN ('held', 'failed')"),
        postgresql_where=sa.text("state IN ('held', 'failed')"),
    )
