"""Records, places, frameworks and search: what the copilot knows. Imports nothing else of ours."""
