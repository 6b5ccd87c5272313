"""Everything that can go wrong while the local parts start, as one small tree."""


class StackError(Exception):
    """The local stack cannot do what was asked; the message says what to do about it."""


class NothingFits(StackError):
    """No provider fits this machine; the message lists what each one lacks and what to install."""


class Unavailable(StackError):
    """One provider looked possible but could not be prepared; the next one is tried."""


class NotReady(StackError):
    """A program died or did not become ready in time; the message ends with its last log lines."""
