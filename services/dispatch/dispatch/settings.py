"""Settings of dispatch."""

from kit.settings import ServiceSettings
from web.settings import SignIn


class Settings(ServiceSettings, SignIn):
    """What dispatch is told beyond the settings of every service."""

    demo: bool = False
    """True where all people are made up: every page then says so."""
    reads: bool = True
    """False for pods that serve the board and the API alone: they decide nothing and take no part in the group."""
