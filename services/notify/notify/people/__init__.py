"""Which LINE user is which colleague, and whether LINE reaches them."""
