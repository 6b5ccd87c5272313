"""Fixtures that many of these tests share."""

from tests.integration.dispatch_stage import served, window
from tests.integration.network_stage import vault
from tests.integration.notify_stage import wire

__all__ = ["served", "vault", "window", "wire"]
