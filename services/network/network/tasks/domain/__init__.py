"""What a task is and when it presses: no clock, no database, no framework."""
