"""The runtime that every service shares: delivery, sealing, telemetry, problems. It knows no domain word."""
