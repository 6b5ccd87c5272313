"""The operator's command: status, lag, dead letters, agencies, topics."""
