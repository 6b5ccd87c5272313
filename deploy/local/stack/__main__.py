"""`python -m stack up|down|status|supervise|parts|exec|demo`."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from stack import control
from stack.errors import StackError
from stack.pair import parts, tell
from stack.processes import stop_on_signals
from stack.supervisor import Supervisor

app = typer.Typer(add_completion=False, help="A county on one machine.")
RunDir = Annotated[Path, typer.Option(help="Where data, logs, secrets and addresses lie.")]
_HERE = Path(".run")
_ESCALATION = Path(__file__).with_name("escalation.yaml")


@app.command()
def up(run_dir: RunDir = _HERE) -> None:
    """Start everything in the background; returns when all of it is ready. Harmless when it is already up."""
    show(control.up(run_dir), run_dir)


@app.command()
def down(run_dir: RunDir = _HERE) -> None:
    """Stop everything in order."""
    control.down(run_dir)


@app.command()
def status(run_dir: RunDir = _HERE) -> None:
    """Show the addresses of what runs; exit code 1 when nothing does."""
    if not control.is_up(run_dir):
        raise StackError(f"nothing runs in {run_dir}")
    show(control.stack_json(run_dir), run_dir)


@app.command()
def supervise(run_dir: RunDir = _HERE) -> None:
    """Start everything in the foreground and keep it running until Ctrl-C."""
    if control.is_up(run_dir):
        raise StackError(f"a stack runs in {run_dir} already")
    Supervisor(run_dir).run()


@app.command("parts")
def only_parts(run_dir: RunDir = _HERE, kafka_port: int = 0, mongo_port: int = 0) -> None:
    """Kafka and MongoDB alone, until Ctrl-C; port 0 means any free one."""
    stop_on_signals()
    with parts(run_dir, ports={"kafka": kafka_port, "mongo": mongo_port}) as addresses:
        tell(f"export KAFKA_BOOTSTRAP='{addresses.kafka}' MONGO_URL='{addresses.mongo}'")
        signal.pause()


@app.command("exec", context_settings={"ignore_unknown_options": True})
def run_with_parts(command: list[str]) -> None:
    """Run a command with Kafka and MongoDB of its own (KAFKA_BOOTSTRAP, MONGO_URL), which end with it."""
    stop_on_signals()
    with parts() as addresses:
        given = {"KAFKA_BOOTSTRAP": addresses.kafka, "MONGO_URL": addresses.mongo}
        done = subprocess.run(command, env={**os.environ, **given}, check=False)
    raise typer.Exit(done.returncode)


@app.command()
def demo(run_dir: RunDir = _HERE, reports: int = 120, duration: str = "60s", *, stay: bool = True) -> None:
    """A county's day: start everything, feed it a day of reports, show what happened, stay up until Ctrl-C."""
    stop_on_signals()
    os.environ.setdefault("ESCALATION_FILE", str(_ESCALATION))
    with control.running(run_dir) as stack:
        day = (sys.executable, "-m", "simulator", "day", "--stack", str(run_dir / "stack.json"))
        done = subprocess.run([*day, "--reports", str(reports), "--duration", duration], check=False)
        show(stack, run_dir)
        show_unanswered(stack)
        if stay:
            tell("Everything stays up until Ctrl-C.")
            signal.pause()
    raise typer.Exit(done.returncode)


def show_unanswered(stack: dict[str, Any]) -> None:
    """Print what nobody has taken on in time, and whom it went to."""
    headers = {"Authorization": f"Bearer {stack['tokens']['officer']}"}
    answer = httpx.get(f"{stack['notify']}/v1/escalations", headers=headers, timeout=10, trust_env=False)
    waiting = answer.json()["escalations"] if answer.is_success else []
    tell(f"  {len(waiting)} messages that nobody took on went further: GET {stack['notify']}/v1/escalations")
    for each in waiting[:3]:
        steps = (f"{step['whom']} {' + '.join(step['by']) or '(' + step['because'] + ')'}" for step in each["steps"])
        tell(f"    {each['unit']}: {', then '.join(steps)}")


def show(stack: dict[str, Any], run_dir: Path) -> None:
    """Print what runs where: name, pid, restarts, address."""
    for name in (key for key, address in stack.items() if isinstance(address, str)):
        restarts = stack["restarts"].get(name, 0)
        note = f"  restarted {restarts} times" if restarts else ""
        tell(f"  {name:9} {stack['pids'].get(name, '-'):>7}  {stack[name]}{note}")
    tell(f"  keys, tokens and sign-ins: {run_dir / 'stack.json'}; logs: {run_dir / 'logs'}")


def main() -> None:
    """Run the command line; what a person can fix is one message, not a traceback."""
    try:
        app()
    except StackError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
