"""What crosses a border: events, topics, and the report a partner agency posts."""
