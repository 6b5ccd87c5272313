"""A small OpenID Connect provider for the demonstration: made-up people, keys that last as long as the process."""
