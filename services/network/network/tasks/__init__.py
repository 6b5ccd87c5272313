"""What a unit or a person owes by when: one ledger that every other part of this service writes into."""
