"""Settings of the network service."""

from kit.settings import ServiceSettings
from web.settings import SignIn


class Settings(ServiceSettings, SignIn):
    """What every service is told, and who may sign in at the pages."""

    port: int = 8103
    fhir: bool = False
    """Whether health partners read and answer what they are asked as FHIR R4 (`/fhir`): services of rules/fhir.yaml."""
