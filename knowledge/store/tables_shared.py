"""Tables of the shared place: what is public, and the list of clients."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text

from knowledge.store.types import UtcDateTime

metadata = MetaData()

clients = Table(
    "clients",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("ref", String(20), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("sector", Text, nullable=False),
    Column("jurisdictions", JSON, nullable=False),
    Column("headcount", Integer),
    Column("frameworks", JSON, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("alert_budget", Integer, nullable=False),
    Column("model_policy", String(12), nullable=False),
    Column("engagement", JSON, nullable=False),
    Column("schedule", JSON(none_as_null=True)),
    Column("status", String(10), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("publisher", Text, nullable=False),
    Column("terms", Text, nullable=False),
    Column("topics", JSON, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("builtin", Boolean, nullable=False),
    Column("interval_minutes", Integer, nullable=False),
    Column("file", Text, nullable=False),
)

source_states = Table(
    "source_states",
    metadata,
    Column("source_id", String(60), primary_key=True),
    Column("url", Text, nullable=False),
    Column("checked_at", UtcDateTime),
    Column("fetched_at", UtcDateTime),
    Column("next_check_at", UtcDateTime),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("cursor", Text, nullable=False),
    Column("parser_version", Integer, nullable=False),
    Column("outcome", String(20)),
    Column("error", Text, nullable=False),
    Column("consecutive_failures", Integer, nullable=False),
)

news_items = Table(
    "news_items",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("source_id", String(60), nullable=False),
    Column("identity", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("links", JSON, nullable=False),
    Column("author", Text, nullable=False),
    Column("published_at", UtcDateTime),
    Column("updated_at", UtcDateTime),
    Column("first_seen_at", UtcDateTime, nullable=False, index=True),
    Column("last_changed_at", UtcDateTime, nullable=False, index=True),
    Column("content_sha256", String(64), nullable=False),
    Column("hidden_text", Boolean, nullable=False),
    Column("raw_title", Text, nullable=False),
    Column("raw_summary", Text, nullable=False),
    Index("news_by_source", "source_id"),
)

news_revisions = Table(
    "news_revisions",
    metadata,
    Column("item_id", String(20), ForeignKey("news_items.id", ondelete="CASCADE"), primary_key=True),
    Column("replaced_at", UtcDateTime, primary_key=True),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("content_sha256", String(64), nullable=False),
)

vulnerabilities = Table(
    "vulnerabilities",
    metadata,
    Column("cve_id", String(30), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("published_at", UtcDateTime),
    Column("modified_at", UtcDateTime),
    Column("cvss", JSON, nullable=False),
    Column("cwes", JSON, nullable=False),
    Column("configurations", JSON, nullable=False),
    Column("affected", JSON, nullable=False),
    Column("ssvc", JSON),
    Column("references", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False, index=True),
)

kev_entries = Table(
    "kev_entries",
    metadata,
    Column("cve_id", String(30), primary_key=True),
    Column("vendor", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("date_added", Date, nullable=False),
    Column("due_date", Date),
    Column("ransomware", String(10), nullable=False),
    Column("required_action", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("cwes", JSON, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False, index=True),
    Column("changed_at", UtcDateTime, nullable=False, index=True),
    Column("removed_on", Date),
)

epss = Table(
    "epss",
    metadata,
    Column("cve_id", String(30), primary_key=True),
    Column("score", Float, nullable=False),
    Column("percentile", Float, nullable=False),
    Column("scored_on", Date),
)

advisories = Table(
    "advisories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tracking_id", Text, nullable=False),
    Column("publisher", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("tlp", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("url", Text, nullable=False),
    Column("products", JSON, nullable=False),
    Column("vulnerabilities", JSON, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False, index=True),
)

imported_frameworks = Table(
    "imported_frameworks",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("imported_at", UtcDateTime, nullable=False),
    Column("record", JSON, nullable=False),
)

imported_requirements = Table(
    "imported_requirements",
    metadata,
    Column("framework_id", String(80), ForeignKey("imported_frameworks.id", ondelete="CASCADE"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("record", JSON, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("email", String(254), primary_key=True),
    Column("ref", String(20), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("admin", Boolean, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)

grants = Table(
    "grants",
    metadata,
    Column("email", String(254), ForeignKey("users.email", ondelete="CASCADE"), primary_key=True),
    Column("client_ref", String(20), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("granted_at", UtcDateTime, nullable=False),
)

scheduled_runs = Table(
    "scheduled_runs",
    metadata,
    Column("client_ref", String(20), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("slot_at", UtcDateTime, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claimed_by", String(40), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("next_try_at", UtcDateTime),
    Column("reason", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("key", String(120), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("target", Text, nullable=False),
    Column("fixed", Boolean, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_try_at", UtcDateTime),
    Column("claimed_by", String(40), nullable=False),
    Column("sent_at", UtcDateTime),
    Column("message", JSON(none_as_null=True)),
)

place_settings = Table(
    "place_settings",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("record", JSON, nullable=False),
)

audit_rows = Table(
    "audit_rows",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

PUBLIC_TABLES = (
    news_items,
    news_revisions,
    vulnerabilities,
    kev_entries,
    epss,
    advisories,
    sources,
    source_states,
    imported_frameworks,
    imported_requirements,
)
"""Text that publishers wrote; a removed client's name may stand in it by chance."""
