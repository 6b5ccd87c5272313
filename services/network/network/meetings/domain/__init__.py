"""Series, meetings, items and decisions: pure, told the time, sealing nothing themselves."""
