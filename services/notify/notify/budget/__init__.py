"""The quota of the month, as a budget."""
