"""Copies of frameworks that a user imported."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from knowledge.store.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema from the revision before to this one."""
    op.create_table(
        "imported_frameworks",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "imported_requirements",
        sa.Column("framework_id", sa.String(length=80), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["framework_id"], ["imported_frameworks.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("framework_id", "id"),
    )
