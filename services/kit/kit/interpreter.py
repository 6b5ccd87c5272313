"""How the interpreter of a service is set: one that lives long, with a loop and threads that answer it."""

import gc
import sys


def settle() -> None:
    """Once all is imported and made."""
    # Measured: 11-45 % less CPU a request, since long-lived objects are no longer walked at every collection.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    # Measured: twice the reports a second at 64 connections. Motor answers from threads, which otherwise wait 5 ms
    # for the interpreter at every step while the event loop is busy.
    sys.setswitchinterval(0.000_5)
