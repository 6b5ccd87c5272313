"""Joint cases (共案): one lead answers for a family, many collaborators owe named actions."""
