"""Sign-off: who is asked, signed links, receipts that cannot be changed, what a change means for those who signed."""
