"""Alembic environment of the shared place: runs on the connection that schema.py opened."""

from __future__ import annotations

from alembic import context

from knowledge.store.tables_shared import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
    user_module_prefix="",
)
context.run_migrations()
