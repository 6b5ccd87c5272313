"""`make k8s-test`: the chart on a real cluster, reports driven through it while it is rolled, killed and scaled.

`python -m tests.k8s.run [--reports 1000]` writes `.run/k8s.json`; exit code 1 when anything was lost or doubled.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
from contracts.topics import REPORTS
from rich.console import Console
from simulator.load import Draft, singles
from simulator.post import Result
from stack import secrets
from stack.ports import free_ports

from tests.e2e.county import County
from tests.k8s import parts, watch
from tests.k8s.cluster import ROOT, CannotRun, Cluster, found, processes
from tests.k8s.counting import is_whole, posted_these, shown
from tests.k8s.install import SERVICES, Release, images
from tests.k8s.scaling import Scaling

RUN = ROOT / ".run" / "k8s"
KILLS = 10
IDLE_SECONDS = 60


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--reports", type=int, default=1000)
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    arguments.add_argument("--keep", action="store_true", help="leave the release in the cluster")
    given = arguments.parse_args()
    try:
        with found() as cluster:
            results = Run(cluster, given.reports, given.seed, keep=given.keep).all()
    except CannotRun as error:
        print(f"k8s-test did not run: {error}")
        sys.exit(os.environ.get("REQUIRE_REAL") == "1")
    sys.exit(not (results["rolled_and_killed"]["whole"] and results["scaled"]["whole"]))


async def _large_file(stack: dict[str, Any]) -> dict[str, Any]:
    """Five megabytes, as an agency sends a month: taken by intake, whatever stands before it."""
    drafts = singles(1_500, datetime.now(UTC))
    sender = drafts[0][0]
    reports = [body | {"event": body["event"] | {"narrative": "救" * 20_000}} for by, body in drafts if by == sender]
    lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in reports[:90]).encode()
    headers = {"Authorization": f"Bearer {stack['agencies'][sender]['key']}", "Content-Type": "application/x-ndjson"}
    async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
        answer = await http.post(f"{stack['intake']}/v1/batches", content=lines, headers=headers)
    return {"bytes": len(lines), "status": answer.status_code, "answer": answer.text[:200]}


class Run:
    """One run on one cluster: a method for each thing it must show."""

    def __init__(self, cluster: Cluster, reports: int, seed: int, *, keep: bool) -> None:
        self._cluster = cluster
        self._reports = reports
        self._rng = random.Random(seed)
        self._keep = keep
        self._release = Release(cluster, RUN)
        self._results: dict[str, Any] = {"seed": seed}
        shutil.rmtree(RUN, ignore_errors=True)
        RUN.mkdir(parents=True)

    def all(self) -> dict[str, Any]:
        """Every figure, by name; the release is gone afterwards."""
        self._note("cluster", self._cluster.version)
        self._note("images", images(self._cluster))
        urls = self._release.prepare()
        here = self._cluster.here
        try:
            self._note("accepted_by_the_api_server", self._release.accepted())
            with parts.running(here, RUN) as (addresses, account):
                line = f"http://{here}:{free_ports({'line': 0})['line']}"
                told = replace(addresses, http=urls | {"line": line})
                drawn = secrets.load(RUN)
                with parts.line(told, drawn, here) as services:
                    keda = self._cluster.knows("scaledobjects.keda.sh")
                    self._note("install_to_ready_seconds", self._release.install(told, services, account, keda=keda))
                    self._note("idle", self._idle())
                    stack = dict(told.http) | {
                        "agencies": {name: {"key": key} for name, key in drawn.agencies.items()},
                        "tokens": drawn.tokens,
                        "kafka": told.kafka,
                    }
                    asyncio.run(self._drive(stack, keda=keda))
                    self._leave()
        finally:
            if not self._keep:
                self._cluster.ctl("delete", "namespace", self._cluster.namespace, "--wait=false")
        return self._results

    def _note(self, name: str, figure: Any) -> None:
        self._results[name] = figure
        RUN.with_suffix(".json").write_text(json.dumps(self._results, indent=2, default=str))
        Console().print(f"[bold]{name}[/bold]", figure)

    def _idle(self) -> dict[str, Any]:
        """Memory and CPU of each service's pods after a quiet minute; what the cluster does not measure is left out."""
        time.sleep(IDLE_SECONDS)
        path = f"/apis/metrics.k8s.io/v1beta1/namespaces/{self._cluster.namespace}/pods"
        try:
            items = json.loads(self._cluster.ctl("get", "--raw", path))["items"]
        except RuntimeError as error:
            return {"not measured": str(error)[-100:]}
        return {pod["metadata"]["name"]: pod["containers"][0]["usage"] for pod in items}

    async def _drive(self, stack: dict[str, Any], *, keda: bool) -> None:
        async with County(stack) as county:
            self._note("a_large_file", await _large_file(stack))
            self._note("rolled_and_killed", await self._under_fire(county))
            self._note("scaled", await Scaling(self._cluster, keda=keda).run(county, self._release))

    async def _under_fire(self, county: County) -> dict[str, Any]:
        """Post while every Deployment is rolled once and ten random pods are killed; then count."""
        began = time.monotonic()
        drafts = singles(self._reports, datetime.now(UTC))
        fire = asyncio.create_task(asyncio.to_thread(self._roll_and_kill))
        async with watch.group(county.stack["kafka"], "dispatch", REPORTS) as seen:
            results = await _paced(county.stack, drafts, fire)
            posted = time.monotonic() - began
            done = await fire
            account = await county.account(results)
        restarts = sum(_restarts(pod) for pod in self._cluster.pods())
        return (
            {
                "whole": is_whole(account, self._reports),
                "posted": len(results),
                "slowest_receipt_seconds": round(max(result.seconds for result in results), 1),
                "tries": sum(result.attempts for result in results),
                "posted_seconds": round(posted, 1),
                "settled_seconds": round(time.monotonic() - began, 1),
                "longest_stop_of_dispatch_seconds": round(seen.stop, 1),
                "container_restarts": restarts,
            }
            | done
            | shown(account)
        )

    def _roll_and_kill(self) -> dict[str, Any]:
        began = time.monotonic()
        killed: Counter[str] = Counter()
        for service, kills in zip(SERVICES, (3, 2, 3, 2), strict=True):
            self._cluster.ctl("rollout", "restart", f"deployment/safetynet-{service}")
            for _ in range(kills):
                time.sleep(self._rng.uniform(1, 6))
                killed[self._kill()] += 1
            self._cluster.ctl("rollout", "status", f"deployment/safetynet-{service}", "--timeout=180s")
        assert killed.total() == KILLS
        return {"rolled": len(SERVICES), "killed": dict(killed), "fire_seconds": round(time.monotonic() - began, 1)}

    def _kill(self) -> str:
        """Kill any running pod without a farewell, and have it replaced; the service it was of, and how it ended."""
        running = [pod for pod in self._cluster.pods() if pod["status"]["phase"] == "Running"]
        pod = self._rng.choice(running)["metadata"]
        outright = [_is_killed(process) for process in processes(pod["uid"])]
        self._cluster.ctl("delete", "pod", pod["name"], "--grace-period=0", "--force", "--wait=false")
        how = "SIGKILL" if any(outright) else "forced deletion"
        return f"{pod['labels']['app.kubernetes.io/component']} by {how}"

    def _leave(self) -> None:
        """Keep the pods' last words for whoever reads the figures."""
        for pod in self._cluster.pods():
            name = pod["metadata"]["name"]
            (RUN / "logs" / f"{name}.log").write_text(self._cluster.ctl("logs", name, "--tail=2000"))


def _is_killed(process: int) -> bool:
    try:
        os.kill(process, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


async def _paced(stack: dict[str, Any], drafts: list[Draft], until: asyncio.Task[Any]) -> list[Result]:
    """Post in slices of five a second while `until` runs, and what is left at once when it is done."""
    results: list[Result] = []
    while rest := drafts[len(results) :]:
        part = rest if until.done() else rest[:5]
        results += await posted_these(stack, part)
        await asyncio.sleep(0 if until.done() else 1)
    return results


def _restarts(pod: dict[str, Any]) -> int:
    return sum(each["restartCount"] for each in pod["status"].get("containerStatuses", ()))


if __name__ == "__main__":
    main()
