"""What crosses a service boundary: events, topics, and the report a partner agency posts."""
