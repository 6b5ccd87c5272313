"""The chart on the cluster, as an operations team would put it there: images, Secrets, values, `helm upgrade`."""

import base64
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from stack.pair import Addresses
from stack.services import Service

from tests.k8s.cluster import ROOT, Cluster, call
from tests.k8s.parts import Account

CHART = ROOT / "deploy" / "chart"
SCHEMAS = ROOT / "tests" / "chart" / "schemas"
VALUES = (CHART / "values.yaml", CHART / "values-country.yaml", CHART / "values-lab.yaml")
SERVICES = ("intake", "dispatch", "network", "notify")
TAG = "test"
_DEFAULTS = yaml.safe_load(VALUES[0].read_text())
_BY_THE_CHART = {"kafka_bootstrap", "shutdown_seconds"}


def images(cluster: Cluster) -> dict[str, Any]:
    """Build and load one image a service: seconds and megabytes of each."""
    return {service: _image(cluster, service) for service in SERVICES}


def _image(cluster: Cluster, service: str) -> dict[str, float]:
    name, began = f"safetynet-{service}:{TAG}", time.monotonic()
    arguments = ("-f", "deploy/Dockerfile", "--build-arg", f"SERVICE={service}", "-t", name, ".")
    call(*cluster.docker, "build", *arguments, env=cluster.env)
    built = time.monotonic()
    size = call(*cluster.docker, "image", "inspect", "-f", "{{.Size}}", name, env=cluster.env)
    call(*cluster.load, name, env=cluster.env)
    seconds = {"build_seconds": built - began, "load_seconds": time.monotonic() - built}
    return {key: round(value, 1) for key, value in seconds.items()} | {"megabytes": round(int(size) / 1e6)}


@dataclass(frozen=True)
class Release:
    """The chart under one name in the cluster's namespace."""

    cluster: Cluster
    run_dir: Path

    def prepare(self) -> dict[str, str]:
        """A new namespace that lets only restricted pods in; the URL of each service, through its node port."""
        cluster = self.cluster
        cluster.ctl("delete", "namespace", cluster.namespace, "--ignore-not-found", "--wait")
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        metadata = {"name": cluster.namespace, "labels": labels}
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        cluster.apply(*(_door(service) for service in SERVICES))
        ports = {s: cluster.get("service", f"door-{s}")["spec"]["ports"][0]["nodePort"] for s in SERVICES}
        return {service: f"http://{cluster.node}:{port}" for service, port in ports.items()}

    def install(self, addresses: Addresses, told: Sequence[Service], account: Account, *, keda: bool) -> float:
        """Secrets and the chart; seconds from `helm install` until every pod is ready."""
        self.cluster.apply(*_secrets(told, addresses.mongo, account))
        values = _values(addresses, told, account, keda=keda)
        (self.run_dir / "values.json").write_text(json.dumps(values, indent=1))
        return self.upgrade()

    def upgrade(self, *settings: str) -> float:
        """`helm upgrade --install --wait` with the values of `install`; seconds."""
        began = time.monotonic()
        files = ("--values", VALUES[2], "--values", self.run_dir / "values.json")
        given = [part for each in settings for part in ("--set", each)]
        self.cluster.chart("upgrade", "--install", "safetynet", CHART, *files, *given, "--wait", "--timeout", "5m")
        return round(time.monotonic() - began, 1)

    def accepted(self) -> dict[str, int]:
        """How many objects of each values file the API server takes (a dry run); raises for the first it refuses."""
        lent = missing_kinds(self.cluster)
        if lent:
            self.cluster.apply(*lent)
        try:
            return {path.name: self._dry_run(path) for path in VALUES}
        finally:
            for each in lent:
                self.cluster.ctl("delete", "crd", each["metadata"]["name"])

    def _dry_run(self, path: Path) -> int:
        version = self.cluster.version.removeprefix("v")
        rendered = self.cluster.chart("template", "dry", CHART, "--values", path, "--kube-version", version)
        self._until_kinds_serve(rendered)
        said = self.cluster.ctl("apply", "--dry-run=server", "-f", "-", stdin=rendered)
        objects = [each for each in yaml.safe_load_all(rendered) if each]
        assert len(said.strip().splitlines()) == len(objects)
        return len(objects)

    def _until_kinds_serve(self, rendered: str) -> None:
        kinds = {(each["apiVersion"], each["kind"]) for each in yaml.safe_load_all(rendered) if each}
        for _ in range(60):
            served = self.cluster.ctl("api-resources", "--no-headers").splitlines()
            if kinds <= {(columns[-3], columns[-1]) for columns in map(str.split, served)}:
                return
            time.sleep(0.5)
        raise RuntimeError("the API server does not serve every kind of the chart")


def _door(service: str) -> dict[str, Any]:
    """A node port for a service: the way in from this machine."""
    chosen = {"app.kubernetes.io/name": "safetynet", "app.kubernetes.io/component": service}
    spec = {"type": "NodePort", "selector": chosen, "ports": [{"port": 80, "targetPort": "http"}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"door-{service}"}, "spec": spec}


def _secret_keys(service: str) -> Iterator[tuple[str, str]]:
    """(Secret, key) pairs that the chart mounts for a service."""
    for each in (_DEFAULTS["secrets"], _DEFAULTS["services"][service]["secrets"]):
        yield from ((each["name"], key) for key in each["keys"])


def _secrets(told: Sequence[Service], mongo: str, account: Account) -> list[dict[str, Any]]:
    data = {account.name: {"password": base64.b64encode(account.password.encode()).decode()}}
    for service in told:
        for secret, key in _secret_keys(service.name):
            value = mongo if key == "mongo_url" else service.env[key.upper()]
            data.setdefault(secret, {})[key] = base64.b64encode(value.encode()).decode()
    return [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": n}, "data": d} for n, d in data.items()]


def _values(addresses: Addresses, told: Sequence[Service], account: Account, *, keda: bool) -> dict[str, Any]:
    services: dict[str, dict[str, Any]] = {service.name: {"settings": _settings(service)} for service in told}
    host, port = addresses.http["line"].removeprefix("http://").split(":")
    services["notify"]["egress"] = [{"to": [{"ipBlock": {"cidr": f"{host}/32"}}], "port": int(port)}]
    if not keda:
        services["dispatch"]["autoscaling"] = {"kind": "none"}
    security = {"protocol": "SASL_PLAINTEXT", "username": account.name, "password": {"secret": account.name}}
    kafka = {"bootstrap": account.bootstrap, "security": security}
    return {"kafka": kafka, "image": {"tag": TAG}, "services": services}


def _settings(service: Service) -> dict[str, str]:
    """What the service is told beyond Secrets and what the chart says itself."""
    elsewhere = _BY_THE_CHART | {key for _, key in _secret_keys(service.name)}
    return {name.lower(): value for name, value in service.env.items() if name.lower() not in elsewhere}


def missing_kinds(cluster: Cluster) -> list[dict[str, Any]]:
    """CustomResourceDefinitions of the kinds the cluster lacks, from the committed schemas of their operators."""
    core = {"v1", "apps-v1", "policy-v1"}
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(SCHEMAS.glob("*.json")):
        kind, _, version = path.stem.partition("-")
        group, _, number = version.rpartition("-")
        custom = version not in core and not group.startswith(("autoscaling", "networking"))
        if custom and not cluster.knows(name := f"{kind}s.{group}"):
            found.setdefault(name, _definition(group, number, json.loads(path.read_text())))
    return list(found.values())


def _definition(group: str, version: str, schema: dict[str, Any]) -> dict[str, Any]:
    kind = schema["properties"]["kind"]["enum"][0]
    schema["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
    names = {"kind": kind, "plural": f"{kind.lower()}s", "singular": kind.lower(), "listKind": f"{kind}List"}
    serving = {"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": _structural(schema)}}
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [serving]}
    metadata = {
        "name": f"{names['plural']}.{group}",
        # Groups of the Kubernetes project itself ask where the definition was reviewed.
        "annotations": {"api-approved.kubernetes.io": "unapproved, a copy for a dry run"},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": spec,
    }


def _structural(node: Any) -> Any:
    """JSON Schema as a CustomResourceDefinition takes it; unknown fields are then refused by `kubectl` itself."""
    if isinstance(node, list):
        return [_structural(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    if node.get("type") == ["integer", "string"]:
        return {"x-kubernetes-int-or-string": True}
    return {key: _structural(value) for key, value in node.items() if (key, value) != ("additionalProperties", False)}
