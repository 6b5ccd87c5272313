"""Whether two reports are about the same people or the same event."""
