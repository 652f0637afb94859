"""Policies: templates, drafts, redlines, versions, sign-off.

What a face calls, by what a person does (`place` is an open client's place, `client` its profile, `now` aware):

- Read: `unit.policies.list() / versions(id) / published(id) / open_version(id)`, `unit.policy_reviews.comments(id) /
  approvals(id) / kept_texts(id)`, `unit.proposals.list() / get(id)`, `unit.evidence.list()`;
  `find.find_policy(unit, which)`, `history.history(place, id)`.
- Draft: `draft.draft_policy(places, client_id, topic, now, ...)` gives a kept proposal with its coverage table;
  `adopt.adopt_document(places, client_id, document_id, topic, now)` takes the client's own document in.
- Propose: `propose.propose_for_item(...)`, `propose.propose_for_framework(...)`, `propose.propose_reviews(...)`,
  `propose.propose_by_hand(...)`, `reported.propose_for_reported(...)` (an incident, a finding):
  each keeps proposals and writes no policy.
- Decide: `advisor.proposals.accept(place, id, now, client, hunks=, edits=)`, `advisor.proposals.reject(place, id, now,
  reason=, hunks=)`.
- Work on a version: `editing.to_markdown(policy, version)`, `editing.from_markdown(markdown, base)`,
  `lifecycle.save_text(place, id, number, text, now, seen_revision=)`, `lifecycle.submit`, `comment`,
  `resolve_comment`, `request_changes`, `approve(..., material=)`, `publish`, `retire`, `reviewed`, `set_policy`.
- Compare: `diff.word_spans(old, new)`, `diff.text_changes(old_text, new_text)`; `ui.render.redline` shows them in a
  terminal and as HTML.
- Redline in Word: `redline.redline_plan(proposal, text)` says which paragraphs change; `ingest.documents.redline`
  writes it into the client's file and reads a returned one; `redline.decisions(...)` says what it means for each hunk.
"""
