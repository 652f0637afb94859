"""The morning that happens by itself: one run over what is due, and the loop that asks each minute."""
