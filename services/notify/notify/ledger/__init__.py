"""What became of every message, for people to look through and to print."""
