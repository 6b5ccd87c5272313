"""Pure: kinship, how it is drawn, and which links nobody has seen yet."""
