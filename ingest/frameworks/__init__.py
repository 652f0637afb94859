"""Importers of framework files that others made: OSCAL, CISO Assistant libraries, tables."""
