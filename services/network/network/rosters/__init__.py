"""Entries of the lists that intake took in."""
