"""The family graph: who is whose parent and partner as it is drawn by hand, and what a family shares with others."""
