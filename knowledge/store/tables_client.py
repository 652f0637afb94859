"""Tables of one client's place. No column names a client: the place is the client."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text

from knowledge.store.types import UtcDateTime

metadata = MetaData()

assets = Table(
    "assets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("owner", Text, nullable=False),
    Column("criticality", String(10), nullable=False),
    Column("exposure", String(10), nullable=False),
    Column("vendor", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("cpe", Text, nullable=False),
    Column("purl", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("provided_by", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

third_parties = Table(
    "third_parties",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("criticality", String(10), nullable=False),
    Column("contact", Text, nullable=False),
    Column("contract", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("tools", JSON, nullable=False),
    Column("notes", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("item_kind", String(10), primary_key=True),
    Column("item_id", Text, primary_key=True),
    Column("subject_kind", String(12), primary_key=True),
    Column("subject_id", Text, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("rule", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("record", JSON, nullable=False),
    Column("judged_at", UtcDateTime, nullable=False),
    Index("verdicts_by_subject", "subject_kind", "subject_id"),
)

briefs = Table(
    "briefs",
    metadata,
    Column("day", Date, primary_key=True),
    Column("written_at", UtcDateTime, nullable=False),
    Column("record", JSON, nullable=False),
)

notes = Table(
    "notes",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("item_key", String(20), nullable=False, index=True),
    Column("kind", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Column("until", UtcDateTime),
    Column("fingerprint", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
)

aliases = Table(
    "aliases",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("written_vendor", Text, nullable=False),
    Column("written_product", Text, nullable=False),
    Column("vendor", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
)

quiet_rules = Table(
    "quiet_rules",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("subject_kind", String(12), nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("reason", Text, nullable=False),
    Column("learnt_from", String(20), nullable=False),
    Column("actor", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
)

quiet_hits = Table(
    "quiet_hits",
    metadata,
    Column("rule_id", String(20), primary_key=True),
    Column("item_key", String(20), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("broke_at", UtcDateTime),
    Column("broke_because", String(10), nullable=False),
)

brief_states = Table(
    "brief_states",
    metadata,
    Column("day", Date, primary_key=True),
    Column("record", JSON, nullable=False),
)

marks = Table(
    "marks",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

model_usage = Table(
    "model_usage",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("local", Boolean, nullable=False),
    Column("redacted", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("input_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Column("estimated", Boolean, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("outcome", String(10), nullable=False),
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

documents = Table(
    "documents",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("pages", Integer),
    Column("hidden_text", JSON, nullable=False),
    Column("notes", JSON, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("replaced_at", UtcDateTime),
)

document_parts = Table(
    "document_parts",
    metadata,
    Column("document_id", String(20), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Column("heading_path", JSON, nullable=False),
    Column("level", Integer, nullable=False),
    Column("page", Integer),
    Column("locator", Text, nullable=False),
)

answers = Table(
    "answers",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("asked_at", UtcDateTime, nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("mode", String(12), nullable=False),
    Column("abstained", Boolean, nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("record", JSON, nullable=False),
)

conversation_turns = Table(
    "conversation_turns",
    metadata,
    Column("conversation_id", String(20), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("question", Text, nullable=False),
    Column("answer_id", String(20), ForeignKey("answers.id", ondelete="CASCADE"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

policies = Table(
    "policies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("next_review_on", Date),
    Column("record", JSON, nullable=False),
)

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("policy_id", Text, ForeignKey("policies.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("status", String(20), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("record", JSON, nullable=False),
)

policy_comments = Table(
    "policy_comments",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("policy_id", Text, nullable=False, index=True),
    Column("record", JSON, nullable=False),
)

policy_approvals = Table(
    "policy_approvals",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("policy_id", Text, nullable=False, index=True),
    Column("record", JSON, nullable=False),
)

kept_texts = Table(
    "kept_texts",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("policy_id", Text, nullable=False, index=True),
    Column("record", JSON, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("policy_id", Text, nullable=False, index=True),
    Column("record", JSON, nullable=False),
)

proposals = Table(
    "proposals",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("policy_id", Text, nullable=False, index=True),
    Column("status", String(20), nullable=False),
    Column("trigger_kind", String(20), nullable=False),
    Column("trigger_ref", Text, nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("record", JSON, nullable=False),
)

sign_off_requests = Table(
    "sign_off_requests",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("policy_id", Text, nullable=False, index=True),
    Column("policy_title", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("statement", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("closed_because", Text, nullable=False),
)

signatories = Table(
    "signatories",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("request_id", String(20), ForeignKey("sign_off_requests.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("group", Text, nullable=False),
    Column("nonce", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    Column("reminded_at", UtcDateTime),
    Column("revoked_because", Text, nullable=False),
    Index("signatories_by_request", "request_id", "email", unique=True),
)

attestations = Table(
    "attestations",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("request_id", String(20), nullable=False, index=True),
    Column("signatory_id", String(20), nullable=False, unique=True),
    Column("policy_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("email", Text, nullable=False),
    Column("record", JSON, nullable=False),
    Column("chain_seq", Integer, nullable=False),
    Column("chain_hash", String(64), nullable=False),
)

policy_exceptions = Table(
    "policy_exceptions",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("policy_id", Text, nullable=False, index=True),
    Column("expires_on", Date, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("record", JSON, nullable=False),
)

soa_decisions = Table(
    "soa_decisions",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("framework_id", String(80), nullable=False),
    Column("control_id", Text, nullable=False),
    Column("applicable", Boolean, nullable=False),
    Column("justification", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Index("soa_decisions_by_control", "framework_id", "control_id"),
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
