"""Inventories and supplier lists: read in a sandbox, mapped, planned row by row, exported."""
