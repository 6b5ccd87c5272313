"""A county's day of fictitious reports: planned from published figures, posted to intake, watched to its end."""
