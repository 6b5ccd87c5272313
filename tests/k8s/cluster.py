"""The cluster to install on: the one KUBECONFIG points to, or the lab whose scripts lie in the folder K8S_LAB."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.tools.fetch import Unavailable, tool

ROOT = Path(__file__).resolve().parents[2]
LONG = 900


class CannotRun(Exception):
    """This machine has no cluster to run on; the message says what would make one."""


def call(
    *argv: str | Path, stdin: str | None = None, seconds: float = LONG, env: Mapping[str, str] | None = None
) -> str:
    """Run a program and give its output; RuntimeError with its last words when it fails."""
    whole = {**os.environ, **(env or {})}
    done = subprocess.run(
        argv, input=stdin, capture_output=True, text=True, timeout=seconds, cwd=ROOT, env=whole, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, argv[:4]))}: {(done.stderr or done.stdout).strip()[-1500:]}")
    return done.stdout


@dataclass(frozen=True)
class Cluster:
    """How to talk to it (`kubectl`, `helm`, `config`), to build images (`docker`) and to bring them in (`load`)."""

    config: Path
    kubectl: Path
    helm: Path
    docker: Sequence[str]
    load: Sequence[str]
    namespace: str = "safetynet-test"
    env: Mapping[str, str] = field(default_factory=dict)

    def ctl(self, *argv: str, stdin: str | None = None) -> str:
        return call(self.kubectl, "--kubeconfig", self.config, "-n", self.namespace, *argv, stdin=stdin)

    def get(self, *argv: str) -> dict[str, Any]:
        return dict(json.loads(self.ctl("get", *argv, "-o", "json")))

    def apply(self, *objects: Mapping[str, Any]) -> None:
        self.ctl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))

    def chart(self, command: str, *argv: str | Path) -> str:
        return call(self.helm, "--kubeconfig", self.config, "-n", self.namespace, command, *argv)

    def knows(self, kind: str) -> bool:
        """Whether it has a resource of that name, such as `scaledobjects.keda.sh`."""
        return kind in self.ctl("api-resources", "-o", "name").split()

    @property
    def version(self) -> str:
        return str(json.loads(self.ctl("version", "-o", "json"))["serverVersion"]["gitVersion"])

    @property
    def node(self) -> str:
        """An address at which node ports answer."""
        [first, *_] = self.get("nodes")["items"]
        return next(str(each["address"]) for each in first["status"]["addresses"] if each["type"] == "InternalIP")

    @property
    def here(self) -> str:
        """This machine's address as the nodes see it: where Kafka and MongoDB must listen."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((self.node, 9))
            return str(probe.getsockname()[0])

    def pods(self, component: str = "") -> list[dict[str, Any]]:
        """Pods of the release that are not on their way out."""
        chosen = "app.kubernetes.io/name=safetynet" + (f",app.kubernetes.io/component={component}" if component else "")
        found = self.get("pods", "-l", chosen)["items"]
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


def processes(pod: str) -> list[int]:
    """The services' processes of the pod with this uid, where its node runs on this machine; else none.

    Only from outside can the first process of a container be killed outright; a forced deletion lets it say goodbye.
    """
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            inside, command = (folder / "cgroup").read_text(), (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended meanwhile, or is someone else's
        if (pod in inside or pod.replace("-", "_") in inside) and b"python" in command:
            found.append(int(folder.name))
    return found


@contextmanager
def found() -> Iterator[Cluster]:
    """A cluster for the length of a `with`; a lab that was down is taken down again. Raises CannotRun."""
    try:
        helm = tool("helm")
    except Unavailable as error:
        raise CannotRun(str(error)) from error
    if lab := os.environ.get("K8S_LAB"):
        with _lab(Path(lab), helm) as cluster:
            yield cluster
    elif config := os.environ.get("KUBECONFIG"):
        yield _given(Path(config), helm)
    else:
        raise CannotRun(
            "no cluster: set KUBECONFIG to the configuration of one and K8S_LOAD to the command that brings images "
            "into it (such as `kind load docker-image`), or K8S_LAB to a folder with up.sh, docker.sh, load-image.sh"
        )


def _given(config: Path, helm: Path) -> Cluster:
    load, kubectl = os.environ.get("K8S_LOAD", ""), shutil.which("kubectl")
    if not (load and kubectl and shutil.which("docker")):
        raise CannotRun("needs kubectl, docker, and K8S_LOAD: the command that brings images into the cluster")
    return Cluster(config, Path(kubectl), helm, ("docker",), load.split())


@contextmanager
def _lab(scripts: Path, helm: Path) -> Iterator[Cluster]:
    home = Path(os.environ.get("LAB_DIR", Path.home() / ".cache" / "k8s-lab"))
    env = {"LAB_DIR": str(home)}
    if not (scripts / "up.sh").exists() or not (home / "bin" / "klab").exists():
        raise CannotRun(f"K8S_LAB={scripts}: no lab installed there; run its install.sh --with-images first")
    cluster = Cluster(
        home / "pki" / "kubeconfig",
        home / "bin" / "kubectl",
        helm,
        (str(scripts / "docker.sh"),),
        (str(scripts / "load-image.sh"),),
        env=env,
    )
    # Not asked to come up twice: that would rewrite the configuration of what runs.
    was_up = _answers(cluster)
    if not was_up:
        call(scripts / "up.sh", env=env)
    try:
        if (home / "images" / "keda.tar").exists():
            call(scripts / "keda.sh", "apply", env=env)
        yield cluster
    finally:
        if not was_up:
            call(scripts / "down.sh", env=env)


def _answers(cluster: Cluster) -> bool:
    try:
        return "ok" in call(
            cluster.kubectl, "--kubeconfig", cluster.config, "get", "--raw", "/readyz", "--request-timeout=3s"
        )
    except RuntimeError:
        return False
