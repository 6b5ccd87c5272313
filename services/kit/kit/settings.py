"""Settings of a service, from environment variables or mounted secret files."""

import base64
import json
import os
import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512
from pydantic import AfterValidator, Field, FilePath, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def _json(kind: type) -> Callable[[str], str]:
    """Reads a setting that is JSON, or the absolute path of a file with it; raises ValueError for another kind."""

    def read(value: str) -> str:
        text = Path(value).read_text("utf-8") if value.startswith("/") else value
        if not isinstance(json.loads(text), kind):
            raise ValueError(f"must be a JSON {kind.__name__}, or the path of a file that holds one")
        return text

    return read


JsonList = Annotated[str, AfterValidator(_json(list))]
JsonObject = Annotated[str, AfterValidator(_json(dict))]


_WIDEST = {4: 16, 6: 48}
_SASL = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


class ServiceSettings(BaseSettings):
    """The settings of every service. Secrets may also be files of the same name in the folder `SECRETS_DIR` names."""

    model_config = SettingsConfigDict(extra="ignore", secrets_dir=os.environ.get("SECRETS_DIR"))

    host: str = "127.0.0.1"
    port: int = 8000
    kafka_bootstrap: str = "127.0.0.1:9092"
    topic_replication: int = Field(default=1, ge=1)
    """Replicas of topics that a service creates when they are missing; 3 on a cluster, where they exist beforehand."""
    kafka_idempotent: bool = True
    """False only for a broker without idempotent producers, such as the demo's fallback; never in production."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_ca_file: FilePath | None = None
    """PEM certificates of the authority that signed the brokers'; the system's authorities when unset."""
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_username: str = ""
    kafka_password: SecretStr = SecretStr("")
    mongo_url: str = "mongodb://127.0.0.1:27017/?replicaSet=rs0"
    topic_prefix: str = ""
    """Goes before every topic and consumer group, so that several installations can share a Kafka cluster."""
    database_prefix: str = "safetynet_"
    master_key: SecretStr
    """32 bytes in base64 that wrap the data keys."""
    blind_index_key: SecretStr
    """32 bytes in base64 for the keyed HMACs by which equal personal values are found."""
    otlp_endpoint: str | None = None
    log_level: str = "INFO"
    forwarded_allow_ips: str = ""
    """Proxies whose X-Forwarded headers are believed, by address or narrow network, with commas; nobody's when empty.

    Whoever is believed can invent where others come from: name your ingress, never all private addresses.
    """
    shutdown_seconds: int = Field(default=20, ge=1)

    @property
    def place(self) -> str:
        """This process among its replicas; the same after a restart, so that it finds what it left undone."""
        return f"{socket.gethostname()}:{self.port}"

    @field_validator("master_key", "blind_index_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        if len(base64.b64decode(value.get_secret_value())) != 32:
            raise ValueError("must be 32 random bytes in base64, such as from: openssl rand -base64 32")
        return value

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _names_proxies(cls, value: str) -> str:
        for each in filter(None, (part.strip() for part in value.split(","))):
            network = ip_network(each)
            if network.prefixlen < _WIDEST[network.version]:
                raise ValueError(f"must name proxies: /{_WIDEST[network.version]} or narrower, not {each}")
        return value

    @model_validator(mode="after")
    def _says_who_it_is(self) -> Self:
        if "SASL" in self.kafka_security_protocol and not (self.kafka_username and self.kafka_password):
            raise ValueError(f"kafka_username and kafka_password are needed for {self.kafka_security_protocol}")
        return self

    def kafka_security(self) -> BaseSecurity:
        """How this service and the brokers authenticate each other."""
        tls = ssl.create_default_context(cafile=self.kafka_ca_file) if "SSL" in self.kafka_security_protocol else None
        if "SASL" not in self.kafka_security_protocol:
            return BaseSecurity(ssl_context=tls)
        sasl = _SASL[self.kafka_sasl_mechanism]
        return sasl(self.kafka_username, self.kafka_password.get_secret_value(), ssl_context=tls)

    @classmethod
    def without_secrets(cls, **others: str) -> Self:
        """Enough to describe a service, not to run it; `others` are the secrets it has of its own."""
        key = base64.b64encode(bytes(32)).decode()
        return cls.model_validate({"master_key": key, "blind_index_key": key} | others)

    def key_bytes(self, name: str) -> bytes:
        """The 32 bytes of the key setting called `name`."""
        secret: SecretStr = getattr(self, name)
        return base64.b64decode(secret.get_secret_value())
