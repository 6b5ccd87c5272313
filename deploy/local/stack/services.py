"""The programs that make up a county on one machine, with their settings: data, nothing else."""

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from line_standin.groups import load_groups
from web.passwords import PASSWORDS

from stack.pair import Addresses
from stack.processes import Program
from stack.secrets import UNITS, Secrets, role_of

# Preferred ports; one that is taken is replaced by a free one.
PORTS = {
    "intake": 8101,
    "dispatch": 8102,
    "network": 8103,
    "notify": 8104,
    "line": 8105,
    "identity": 8106,
    "mail": 8107,
    "smtp": 8125,
    "kafka": 8192,
    "mongo": 8127,
}
_PARTS = ("kafka", "mongo")
# The services at whose pages people sign in.
PAGES = ("dispatch", "network", "notify")
# As in the image: what a thread took for a while goes back to the system instead of staying in an arena of its own.
_ALLOCATOR = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}
# Compiled once, not at every start, whatever the shell says; the image is compiled as it is built.
_COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
CLIENT = "safety-net"
# The provider that the partner of the demonstration answers for.
PARTNER = "chiayi-county/provider.hope"
# The people who sign in with the county's account: fictitious, like everyone here.
NAMES = {"officer": "王篩派", "supervisor": "李督導", "supervisor_2": "周督導", "caseworker": "陳社工",
         "analyst": "張分析", "liaison": "林聯繫", "administrator": "黃管理", "keeper": "許名冊", "keeper_2": "鄭名冊",
         "partner": "蔡夥伴"}  # fmt: skip
ROUTING = Path(__file__).with_name("routing.yaml")
# Everyone of the demonstration may see every county.
_COUNTIES = ["*"]


@dataclass(frozen=True)
class Service:
    """`python -m <module>` with `env`, on the port of `address`; ready when `<address>/readyz` answers 200."""

    name: str
    module: str
    address: str
    env: Mapping[str, str] = field(default_factory=dict)

    def program(self) -> Program:
        """What the supervisor runs."""
        port = {"HOST": "127.0.0.1", "PORT": _port(self.address)} | _ALLOCATOR | _COMPILED
        argv = (sys.executable, "-m", self.module)
        return Program(self.name, argv, ready=lambda: answers_ok(f"{self.address}/readyz"), env={**self.env, **port})


def addresses_of(ports: Mapping[str, int]) -> dict[str, str]:
    """The base URL of every service, by name, and where mail is handed in."""
    return {
        name: f"{'smtp' if name == 'smtp' else 'http'}://127.0.0.1:{port}"
        for name, port in ports.items()
        if name not in _PARTS
    }


def services(addresses: Addresses, secrets: Secrets) -> list[Service]:
    """The stand-ins of the county's accounts, of LINE and of its mail server, and the four services, as they start."""
    http, common = addresses.http, _common(addresses, secrets)
    people = {"OFFICERS": _officers(secrets), **_sites(addresses)}
    officers = {**people, **_oidc(addresses, secrets)}
    return [
        Service("identity", "identity", http["identity"], _identity(addresses, secrets)),
        Service("line", "line_standin", http["line"], _line_standin(addresses, secrets)),
        Service("mail", "mail_standin", http["mail"], {"MAIL_PORT": _port(http["smtp"])}),
        Service("intake", "intake", http["intake"], {**common, **people, **_intake(secrets)}),
        Service("dispatch", "dispatch", http["dispatch"], {**common, **officers, "DEMO": "true"}),
        Service("network", "network", http["network"], {**common, **officers}),
        Service(
            "notify",
            "notify",
            http["notify"],
            {**common, **officers, **_line(addresses, secrets), **_notify(addresses)},
        ),
    ]


def answers_ok(url: str) -> bool:
    """Whether a GET of `url` gives 200. Asked 20 times a second: a client of httpx would read all certificates anew."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=2)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _common(addresses: Addresses, secrets: Secrets) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP": addresses.kafka,
        "MONGO_URL": addresses.mongo,
        "MASTER_KEY": secrets.master_key,
        "BLIND_INDEX_KEY": secrets.blind_index_key,
        "CALLERS": _callers(secrets),
        "SHUTDOWN_SECONDS": "10",
        **({} if addresses.is_durable else {"KAFKA_IDEMPOTENT": "false"}),
    }


def _callers(secrets: Secrets) -> str:
    county = [{"name": name, **_of_role(name), "token_sha256": _digest(token)}
              for name, token in secrets.tokens.items()]  # fmt: skip
    units = [_of_unit(unit) | {"token_sha256": _digest(worker["token"])} for unit, worker in secrets.units.items()]
    return json.dumps(county + units)


def _of_role(name: str) -> dict[str, Any]:
    """A role and its bounds: a partner answers for one provider of the directory alone."""
    units = {"units": [PARTNER]} if name == "partner" else {}
    return {"role": role_of(name), "counties": _COUNTIES} | units


def _of_unit(unit: str) -> dict[str, Any]:
    """The worker of a unit, who sees its cases alone."""
    return {"name": UNITS[unit], "role": "caseworker", "counties": [unit.partition("/")[0]], "units": [unit]}


def _intake(secrets: Secrets) -> dict[str, str]:
    """The agencies; a developer's webhook may be a server on this machine."""
    return {"AGENCIES_SEED": _agencies(secrets), "WEBHOOK_NETWORKS": '["127.0.0.0/8", "::1/128"]'}


def _agencies(secrets: Secrets) -> str:
    return json.dumps(
        [{"agency_id": name, "source_unit": name, "counties": _COUNTIES, "key_sha256": _digest(key)}
         for name, key in secrets.agencies.items()]
    )  # fmt: skip


def _officers(secrets: Secrets) -> str:
    """The people who sign in at a page; the username is the role's name, or the unit's."""
    county = [(person, {"name": name, **_of_role(name)})
              for name, person in secrets.officers.items()]  # fmt: skip
    units = [(worker, _of_unit(unit)) for unit, worker in secrets.units.items()]
    return json.dumps(
        [told | {"username": each["username"], "password_hash": PASSWORDS.hash(each["password"])}
         for each, told in (*county, *units)]
    )  # fmt: skip


def _oidc(addresses: Addresses, secrets: Secrets) -> dict[str, str]:
    return {
        "OIDC_ISSUER": addresses.http["identity"],
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": secrets.identity_secret,
    }


def _identity(addresses: Addresses, secrets: Secrets) -> dict[str, str]:
    """The made-up people with their passwords, and where the pages that ask for them are."""
    people = [{"name": NAMES[role], **_of_role(role), **person} for role, person in secrets.officers.items()]
    pages = [addresses.http[name] for name in PAGES]
    here = [*pages, *(each.replace("127.0.0.1", "localhost") for each in pages)]
    return {
        "ISSUER": addresses.http["identity"],
        "IDENTITY_PEOPLE": json.dumps(people),
        "IDENTITY_CLIENTS": json.dumps({CLIENT: {"secret": secrets.identity_secret, "addresses": here}}),
    }


def _sites(addresses: Addresses) -> dict[str, str]:
    """Where the pages are, for links from one to the other and in messages."""
    return {f"PUBLIC_{name.upper()}_URL": addresses.http[name] for name in ("intake", *PAGES)}


def _notify(addresses: Addresses) -> dict[str, str]:
    """Where each unit's messages go, by which rules, and the second channel."""
    groups = {group.name: group.id for group in load_groups().values()}
    mail = {"MAIL_HOST": "127.0.0.1", "MAIL_PORT": _port(addresses.http["smtp"]), "MAIL_SECURITY": "none"}
    return {
        "LINE_GROUPS": json.dumps(groups),
        "ROUTING_FILE": str(ROUTING),
        "MAIL_SENDER": "safety-net@chiayi-county.example",
    } | mail


def _port(url: str) -> str:
    return str(urlsplit(url).port)


def _line(addresses: Addresses, secrets: Secrets) -> dict[str, str]:
    return {
        "LINE_API_BASE": addresses.http["line"],
        "LINE_CHANNEL_TOKEN": secrets.line_channel_token,
        "LINE_CHANNEL_SECRET": secrets.line_channel_secret,
    }


def _line_standin(addresses: Addresses, secrets: Secrets) -> dict[str, str]:
    return {
        **_line(addresses, secrets),
        "NOTIFY_WEBHOOK_URL": f"{addresses.http['notify']}/webhooks/line",
        "LINE_STATE": str(addresses.run_dir / "line.jsonl"),
    }


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
