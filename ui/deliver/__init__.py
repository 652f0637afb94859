"""Where finished briefs go."""
