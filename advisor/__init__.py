"""The thinking: triage, priority, briefs, grounded answers. Never opens a connection for a source."""
