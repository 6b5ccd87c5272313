"""Pure rules of programmes and enrolments."""
