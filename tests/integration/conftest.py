"""Fixtures that many of these tests share."""

from tests.integration.dispatch_stage import served, window
from tests.integration.network_stage import vault

__all__ = ["served", "vault", "window"]
