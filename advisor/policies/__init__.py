"""Policies: templates, drafts, redlines, versions, sign-off."""
