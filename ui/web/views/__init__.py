"""Pages of the app, one a file."""
