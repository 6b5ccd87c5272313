"""Which LINE groups there are, for what, and whether they still hear us."""
