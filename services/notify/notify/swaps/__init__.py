"""Shifts that two people exchange: one offers, the other confirms, and only then is it so."""
