"""Households and what is owed to them: pure."""
