"""Hybrid retrieval over the shared place and one client's place."""
