"""What notify decides: who is told, what they read, and what LINE's answer means."""
