"""Kafka, MongoDB and the LINE stand-in on this machine, at an address that pods reach."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from stack import kafka, mongo
from stack.pair import Addresses, tell
from stack.processes import Process, Program, free_ports, stop_all
from stack.secrets import Secrets
from stack.services import Service, answers_ok, services


@contextmanager
def running(here: str, run_dir: Path) -> Iterator[Addresses]:
    """A fresh Kafka and MongoDB that listen on `here`."""
    ports = free_ports({"kafka": 0, "mongo": 0})
    broker = kafka.KafkaJars().part(run_dir, ports["kafka"], tell).program
    database = mongo.MongodWheel().part(run_dir, ports["mongo"], tell).program
    assert broker
    assert database
    bootstrap = f"{here}:{ports['kafka']}"
    with (
        _started(_elsewhere(database, here), run_dir),
        _started(_advertising(broker, run_dir, f"127.0.0.1:{ports['kafka']}", bootstrap), run_dir),
    ):
        # Direct: the replica set knows its one member by an address of this machine alone.
        yield Addresses(run_dir, bootstrap, f"mongodb://{here}:{ports['mongo']}/?directConnection=true")


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


def _advertising(broker: Program, run_dir: Path, was: str, address: str) -> Program:
    """The same broker, listening on and giving out `address` instead of `was`."""
    config = run_dir / "kafka" / "server.properties"

    def prepare() -> None:
        broker.prepare()
        config.write_text(config.read_text().replace(was, address))

    return replace(broker, prepare=prepare, ready=_serves(address))


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
