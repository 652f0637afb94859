"""Speed, measured by hand and side by side with a peer in one process; never part of the tests."""
