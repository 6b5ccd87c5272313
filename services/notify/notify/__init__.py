"""Tells who must know: a message without personal data in the right LINE group, accepted there by name."""
