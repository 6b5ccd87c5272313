"""Each agency's own ledger: what became of its reports day by day, gaps in its numbers, and what it can do better."""
