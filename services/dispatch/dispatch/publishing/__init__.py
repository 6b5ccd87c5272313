"""How a county's decision table comes into force: drafted, proved, tried out, approved by a second person."""
