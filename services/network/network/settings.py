"""Settings of the network service."""

from kit.settings import JsonList, ServiceSettings


class Settings(ServiceSettings):
    """What every service is told, and who may sign in at the pages."""

    port: int = 8103
    officers: JsonList = "[]"
    """JSON list, or the path of a file that holds it: `{"username", "name", "role", "counties", "password_scrypt"}`.

    Here and in `callers`, an entry with `"units": [..]` sees only the cases that these units lead or take part in.
    """
