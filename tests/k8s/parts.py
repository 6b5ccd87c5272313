"""Kafka, MongoDB and the LINE stand-in on this machine, at an address that pods reach."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_urlsafe

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from stack import kafka, mongo
from stack.pair import Addresses, tell
from stack.ports import free_ports
from stack.processes import Process, Program, stop_all
from stack.secrets import Secrets
from stack.services import Service, answers_ok, services

from tests.kafka_accounts import SCRAM, format_with_user

PROTOCOLS = """
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,OUTSIDE:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
"""


@dataclass(frozen=True)
class Account:
    """How pods come to Kafka: where it listens for them, and as whom they prove themselves by SCRAM."""

    bootstrap: str
    name: str
    password: str


@contextmanager
def running(here: str, run_dir: Path) -> Iterator[tuple[Addresses, Account]]:
    """A fresh MongoDB that listens on `here`, and a fresh Kafka: there for who has an account, here for anybody."""
    ports = free_ports({"kafka": 0, "outside": 0, "mongo": 0})
    broker = kafka.KafkaJars().part(run_dir, ports["kafka"], tell).program
    database = mongo.MongodWheel().part(run_dir, ports["mongo"], tell).program
    assert broker
    assert database
    local = f"127.0.0.1:{ports['kafka']}"
    account = Account(f"{here}:{ports['outside']}", "safetynet-kafka", token_urlsafe(18))
    with (
        _started(_elsewhere(database, here), run_dir),
        _started(_with_an_account(broker, run_dir, local, account), run_dir),
    ):
        # Direct: the replica set knows its one member by an address of this machine alone.
        yield Addresses(run_dir, local, f"mongodb://{here}:{ports['mongo']}/?directConnection=true"), account


@contextmanager
def line(addresses: Addresses, secrets: Secrets, here: str) -> Iterator[list[Service]]:
    """The LINE stand-in, running; what every other service would be told."""
    # People sign in with passwords: the demo's provider of accounts stays at home.
    told = {each.name: each for each in services(replace(addresses, http=addresses.http | {"identity": ""}), secrets)}
    url = addresses.http["line"]
    program = told["line"].program()
    program = replace(program, env={**program.env, "HOST": here}, ready=lambda: answers_ok(f"{url}/readyz"))
    with _started(program, addresses.run_dir):
        yield [_with_passwords(each) for name, each in told.items() if name not in ("identity", "line")]


def _with_passwords(service: Service) -> Service:
    return replace(service, env={name: value for name, value in service.env.items() if not name.startswith("OIDC_")})


@contextmanager
def _started(program: Program, run_dir: Path) -> Iterator[None]:
    process = Process(program, run_dir / "logs")
    try:
        process.wait_ready()
        yield
    finally:
        stop_all([process])


def _elsewhere(mongod: Program, here: str) -> Program:
    """The same, listening on `here` besides the loopback."""
    bound = mongod.argv.index("--bind_ip") + 1
    return replace(mongod, argv=(*mongod.argv[:bound], f"127.0.0.1,{here}", *mongod.argv[bound + 1 :]))


def _with_an_account(broker: Program, run_dir: Path, local: str, account: Account) -> Program:
    """The same broker, listening besides where pods come with an account."""
    config = run_dir / "kafka" / "server.properties"

    def prepare() -> None:
        broker.prepare()
        told = config.read_text().replace(f"PLAINTEXT://{local}", f"PLAINTEXT://{local},OUTSIDE://{account.bootstrap}")
        config.write_text(told + PROTOCOLS + SCRAM.format(listener="outside"))
        format_with_user(broker, config, account.name, account.password)

    return replace(broker, prepare=prepare, ready=_serves(local))


def _serves(address: str) -> Callable[[], bool]:
    async def named() -> bool:
        admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=2000)
        try:
            await admin.start()
            return bool((await admin.describe_cluster())["brokers"])
        except (KafkaError, OSError, TimeoutError):
            return False
        finally:
            await admin.close()

    return lambda: _accepts(address) and asyncio.run(named())


def _accepts(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0
