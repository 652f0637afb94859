"""Confirmed names and quiet rules of a client."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from knowledge.store.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema from the revision before to this one."""
    op.create_table(
        "aliases",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("written_vendor", sa.Text(), nullable=False),
        sa.Column("written_product", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "quiet_hits",
        sa.Column("rule_id", sa.String(length=20), nullable=False),
        sa.Column("item_key", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("broke_at", UtcDateTime(), nullable=True),
        sa.Column("broke_because", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "item_key"),
    )
    op.create_table(
        "quiet_rules",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("subject_kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("learnt_from", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
