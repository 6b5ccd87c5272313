"""The closed sum: nothing that asked for somebody is in nobody's hand."""
