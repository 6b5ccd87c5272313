"""Shift handover 交班: what an officer leaves open, and who takes it over."""
