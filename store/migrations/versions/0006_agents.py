"""Agents work from their own mail client: personal command addresses, handoffs, promises, how notices reach them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.engine import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("people", sa.Column("commands_until", UtcDateTime(), nullable=True))
    op.add_column("people", sa.Column("notices", sa.String(16), nullable=False, server_default=sa.text("''")))
    op.add_column("tickets", sa.Column("promised_at", UtcDateTime(), nullable=True))
    op.add_column("tickets", sa.Column("handoff", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("tickets", sa.Column("bounced", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("tickets", sa.Column("house", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("tickets", sa.Column("gist", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.execute("UPDATE tickets SET house = (SELECT address FROM people WHERE people.id = tickets.requester_id)")
    op.create_index("ix_tickets_house", "tickets", ["house", "id"])
    solved = sa.text("status_category = 'done' AND outcome != '' AND gist != ''")
    op.create_index("ix_tickets_solved", "tickets", ["topic", "id"], sqlite_where=solved, postgresql_where=solved)
    op.add_column("people", sa.Column("digested_at", UtcDateTime(), nullable=True))
    op.add_column("people", sa.Column("digest_asked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_events_at", "events", ["at"])
    op.create_index("ix_links_other_id", "links", ["other_id"])
    op.create_table(
        "figures",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_figures")),
        sqlite_with_rowid=False,
    )
