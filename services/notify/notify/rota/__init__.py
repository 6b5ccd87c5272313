"""Who is on call, and the nights that nobody is."""
