"""Reads a client's documents (DOCX, PDF, Markdown, HTML, text) into parts that a citation can open."""
