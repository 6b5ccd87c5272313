"""What a signal says, and when asking itself says something."""
