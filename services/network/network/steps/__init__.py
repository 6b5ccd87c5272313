"""What other services did with a report: for the story of its case, and without a word about anybody."""
