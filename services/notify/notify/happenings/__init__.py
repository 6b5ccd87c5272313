"""What LINE told us, each event once."""
