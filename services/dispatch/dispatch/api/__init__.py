"""The HTTP interface for machines: decisions, figures, decision tables; each for the roles that may."""
