"""The original that a forward carries, and what a reader must know before acting on a mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("messages", sa.Column("forwarded", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("messages", sa.Column("cautions", sa.Text(), nullable=False, server_default=sa.text("''")))
