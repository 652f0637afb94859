"""Policies, their versions and reviews, evidence, proposals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from knowledge.store.types import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema from the revision before to this one."""
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_policy_id"), ["policy_id"], unique=False)

    op.create_table(
        "kept_texts",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("kept_texts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_texts_policy_id"), ["policy_id"], unique=False)

    op.create_table(
        "policies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("next_review_on", sa.Date(), nullable=True),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "policy_approvals",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("policy_approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_approvals_policy_id"), ["policy_id"], unique=False)

    op.create_table(
        "policy_comments",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("policy_comments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_comments_policy_id"), ["policy_id"], unique=False)

    op.create_table(
        "proposals",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("trigger_kind", sa.String(length=20), nullable=False),
        sa.Column("trigger_ref", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(length=32), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposals_policy_id"), ["policy_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposals_trigger_ref"), ["trigger_ref"], unique=False)

    op.create_table(
        "policy_versions",
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("policy_id", "number"),
    )
