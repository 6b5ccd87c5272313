"""Outcomes pushed to agencies: ids and status only, signed, retried until acknowledged."""
