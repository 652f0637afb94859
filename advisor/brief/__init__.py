"""The morning brief: from verdicts, stories and notes to what one client needs to do today."""
