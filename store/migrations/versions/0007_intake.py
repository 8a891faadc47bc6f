"""Intake: what a ticket's customer was asked for, and what is known of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("intake", sa.JSON(none_as_null=True), nullable=True))
