"""The desk's rules: workflows and their clocks, what work was done, what people corrected, who is away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from store.engine import UtcDateTime

revision = "0005"
down_revision = "0004"

_CATEGORY = {"scheduled": "scheduled", "resolved": "done", "closed": "done"}


def upgrade() -> None:
    _add_columns()
    op.create_index(
        "ix_tickets_open",
        "tickets",
        ["team", "assignee", "priority", "due_at"],
        sqlite_where=sa.text("status_category != 'done'"),
        postgresql_where=sa.text("status_category != 'done'"),
    )
    op.create_index(
        "ix_tickets_given",
        "tickets",
        ["owned_at", "assignee"],
        sqlite_where=sa.text("assignee != ''"),
        postgresql_where=sa.text("assignee != ''"),
    )
    op.create_table(
        "chores",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chores")),
        sqlite_with_rowid=False,
    )
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "corrections",
        sa.Column("id", number, nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("field", sa.String(16), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("became", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_corrections_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index("ix_corrections_ticket_id", "corrections", ["ticket_id"])
    op.create_index("ix_corrections_at", "corrections", ["at"])
    _carry_over()
    op.drop_column("tickets", "first_response_due")
    _keep_the_type()


def _add_columns() -> None:
    words = {"division": 32, "ruf": 1, "waiting_on": 16, "blocked_on": 32, "closed_as": 16}
    for name, length in words.items():
        op.add_column("tickets", sa.Column(name, sa.String(length), nullable=False, server_default=sa.text("''")))
    op.add_column(
        "tickets", sa.Column("status_category", sa.String(16), nullable=False, server_default=sa.text("'open'"))
    )
    for name in ("next_action", "root_cause", "verified_by", "escalated_because"):
        op.add_column("tickets", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
    for name in ("impact", "urgency", "estimate", "logged", "reopened"):
        op.add_column("tickets", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("tickets", sa.Column("overridden", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in ("scheduled_for", "snoozed_until", "escalated_at", "owned_at", "reassigned_at", "due_at"):
        op.add_column("tickets", sa.Column(name, UtcDateTime(), nullable=True))
    op.add_column("tickets", sa.Column("clocks", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("tickets", sa.Column("facts", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("people", sa.Column("away_until", UtcDateTime(), nullable=True))
    op.add_column("events", sa.Column("was", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("timers", sa.Column("detail", sa.JSON(none_as_null=True), nullable=True))


_TICKETS = sa.table(
    "tickets",
    sa.column("id", sa.BigInteger()),
    sa.column("status", sa.String()),
    sa.column("status_category", sa.String()),
    sa.column("created_at", UtcDateTime()),
    sa.column("answered_at", UtcDateTime()),
    sa.column("resolved_at", UtcDateTime()),
    sa.column("first_response_due", UtcDateTime()),
    sa.column("due_at", UtcDateTime()),
    sa.column("clocks", sa.JSON()),
)
_TIMERS = sa.table("timers", sa.column("kind", sa.String()))


def _carry_over() -> None:
    """Every ticket keeps the promise that it was given; its timer is the clock's from now on."""
    connection = op.get_bind()
    for status, category in _CATEGORY.items():
        connection.execute(_TICKETS.update().where(_TICKETS.c.status == status).values(status_category=category))
    promised = sa.select(_TICKETS).where(_TICKETS.c.first_response_due.is_not(None))
    for row in connection.execute(promised.order_by(_TICKETS.c.id)).all():
        clock = _clock(row, row.answered_at or row.resolved_at)
        due = None if clock["ended"] else row.first_response_due
        connection.execute(_TICKETS.update().where(_TICKETS.c.id == row.id).values(clocks=[clock], due_at=due))
    # Only a lead's verb wrote this event, and nothing else changed a priority; a merged ticket is no resolved one.
    op.execute(
        "UPDATE tickets SET overridden = true "
        "WHERE id IN (SELECT ticket_id FROM events WHERE kind = 'priority-changed')"
    )
    op.execute(
        "UPDATE tickets SET closed_as = 'merged' WHERE status = 'closed' "
        "AND id IN (SELECT ticket_id FROM links WHERE kind = 'merged-into')"
    )
    connection.execute(_TIMERS.update().where(_TIMERS.c.kind == "first-response").values(kind="clock"))


def _clock(row: Any, ended: datetime | None) -> dict[str, Any]:
    """How long was promised is not known any more, only until when: the stretch between is taken for it."""
    due = row.first_response_due
    return {
        "kind": "first_response",
        "target": (due - row.created_at).total_seconds(),
        "started": _stamp(row.created_at),
        "since": None if ended else _stamp(row.created_at),
        "due": _stamp(due),
        "ended": _stamp(ended) if ended else None,
        "breached": bool(ended and ended > due),
        "warned": 90,
    }


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


_REFUSED = "the type of a ticket never changes: #retype makes a new one"


def _keep_the_type() -> None:
    """The database refuses it too, whoever tries (R29)."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER tickets_keep_their_type BEFORE UPDATE OF type ON tickets FOR EACH ROW "
            f"WHEN NEW.type <> OLD.type BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION tickets_keep_their_type() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}' USING ERRCODE = 'check_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER tickets_keep_their_type BEFORE UPDATE OF type ON tickets FOR EACH ROW "
        "WHEN (NEW.type IS DISTINCT FROM OLD.type) EXECUTE FUNCTION tickets_keep_their_type()"
    )
