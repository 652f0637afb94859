"""Tables, engine and migrations; one file per aggregate: rows in, records out."""
