"""Does an item of the world concern something of a client, which version, and how soon: pure functions."""
