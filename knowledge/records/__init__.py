"""Frozen records: the words of the product (docs and design, section 4) as types."""
