"""E-mail, the second channel: one person a message, a return address of its own, nothing personal in it."""
