"""Proof: which words carry a question, which sentence answers it, and whether a claim follows from what it cites."""
