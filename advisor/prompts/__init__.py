"""Prompts, one job a file; see advisor/llm/prompts.py for the form."""
