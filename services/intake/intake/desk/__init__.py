"""What is done at intake by people who sign in: calls are written down, codes of partners are printed."""
