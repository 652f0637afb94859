"""Frameworks and crosswalks: shipped packs, their ids as people type them, and lookups between them."""
