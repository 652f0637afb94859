"""The fetching: sources, inventories and documents become records. Never calls a model."""
