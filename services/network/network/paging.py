"""Of kit.paging what the room of early warnings asks for here."""

from kit.paging import After, Order, Page

__all__ = ["After", "Order", "Page"]
