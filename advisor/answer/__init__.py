"""Answers a question from frameworks and one client's documents, by structure, by extraction, or with a model."""
