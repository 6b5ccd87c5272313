"""What is recorded, and what follows from it: pure."""
