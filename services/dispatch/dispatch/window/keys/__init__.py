"""Which reports are registered under which key of a person."""
