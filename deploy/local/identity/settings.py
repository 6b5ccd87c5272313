"""The provider's settings, from its environment."""

from pydantic import BaseModel, Json, SecretStr
from pydantic_settings import BaseSettings


class Person(BaseModel):
    """Someone made up, and what the provider says of them."""

    username: str
    name: str
    role: str
    counties: tuple[str, ...]
    units: tuple[str, ...] = ()
    password: SecretStr


class Client(BaseModel):
    """A service that may ask, and where it may have people sent back to."""

    secret: SecretStr
    addresses: tuple[str, ...]

    def may_send_to(self, redirect_uri: str) -> bool:
        return redirect_uri in {f"{address}/sign-in/back" for address in self.addresses}

    def may_end_at(self, address: str) -> bool:
        return address in {f"{each}/" for each in self.addresses}


class Settings(BaseSettings):
    """Environment variables by the field's name in capitals; `identity_people` and `identity_clients` are JSON."""

    host: str = "127.0.0.1"
    port: int = 8106
    issuer: str
    identity_people: Json[list[Person]]
    identity_clients: Json[dict[str, Client]]
