"""The `vciso` command, one group a file."""
