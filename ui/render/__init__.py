"""Records as people read them: Markdown, HTML and the terminal. Text of others stays text."""
