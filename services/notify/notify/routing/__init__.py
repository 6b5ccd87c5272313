"""Where messages go, and when: the rules in force, followed for each event."""
