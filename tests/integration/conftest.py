"""Fixtures that many of these tests share."""

from tests.integration.dispatch_stage import served, window

__all__ = ["served", "window"]
