"""Scorers and suites; run as `python -m evals`. Not in the wheel."""
