"""Windows of units as the directory tells them: whose group hears at which hour."""
