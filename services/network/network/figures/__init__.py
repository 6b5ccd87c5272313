"""Figures of service: how many reports led to service, how many cases were opened, what their families need."""
