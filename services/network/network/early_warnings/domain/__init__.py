"""What warns and why, and how a warning is answered: pure, told the time."""
