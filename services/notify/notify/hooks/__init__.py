"""Groups that are webhooks: what they hear goes to an address of theirs, signed."""
