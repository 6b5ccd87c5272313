"""A county's own days: told, kept, and counted by the clocks that run."""
