"""What a joint case is and how it changes: no clock, no database, no framework."""
