"""What dispatch decides, and nothing else: frozen values and functions, no clock and no I/O."""
