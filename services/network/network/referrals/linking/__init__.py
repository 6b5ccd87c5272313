"""Reports to which no unit was sent: what the family was referred to, or advised."""
