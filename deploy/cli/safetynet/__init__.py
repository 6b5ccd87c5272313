"""The command of whoever runs the platform: status, lag, dead letters, agencies, topics."""
