"""Strict JSON Schemas of what the chart renders: `python -m deploy.tools.schemas tests/chart/schemas STRIMZI_CRDS`.

Kubernetes' own OpenAPI and the CRDs of KEDA, the Gateway API and the Prometheus operator come from their Go modules.
Strimzi's CRDs (1.2.0) come from Maven, `io.strimzi:crd-generator` and `io.strimzi:api` in lib, with Java 21:
`java -cp 'lib/*' io.strimzi.crdgenerator.CrdGenerator --yaml io.strimzi.api.kafka.model.topic.KafkaTopic=topic.yaml
io.strimzi.api.kafka.model.user.KafkaUser=user.yaml` (absolute paths). The result is committed: tests need no network.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

KUBERNETES = "k8s.io/kubernetes@v1.34.4"
KINDS = {
    "ConfigMap": "v1",
    "Service": "v1",
    "ServiceAccount": "v1",
    "Deployment": "apps/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "Job": "batch/v1",
    "Ingress": "networking.k8s.io/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
}
CRDS = {
    "github.com/kedacore/keda/v2@v2.21.0": ["config/crd/bases/keda.sh_scaledobjects.yaml"],
    "sigs.k8s.io/gateway-api@v1.4.1": ["config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"],
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": [
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
        "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
    ],
}
DROPPED = ("description", "default", "x-kubernetes-validations", "x-kubernetes-group-version-kind")
Schema = dict[str, Any]


def main(out: Path, strimzi: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    definitions = json.loads((_module(KUBERNETES) / "api/openapi-spec/swagger.json").read_text())["definitions"]
    for kind, version in KINDS.items():
        _write(out, version, kind, _kubernetes(definitions, kind, version))
    paths = [_module(module) / path for module, listed in CRDS.items() for path in listed]
    for path in (*paths, *sorted(strimzi.glob("*.yaml"))):
        for version, kind, schema in _custom(yaml.safe_load(path.read_text())):
            _write(out, version, kind, schema)


def _module(module: str) -> Path:
    argv = ("go", "mod", "download", "-json", module)
    done = subprocess.run(argv, check=True, capture_output=True, text=True)  # noqa: S603 - modules named above
    return Path(json.loads(done.stdout)["Dir"])


def _kubernetes(definitions: Schema, kind: str, version: str) -> Schema:
    """The definition of one kind, with the ones it needs beside it."""
    group, _, number = version.rpartition("/")
    named = {"group": group, "kind": kind, "version": number}
    name = next(n for n, d in definitions.items() if d.get("x-kubernetes-group-version-kind") == [named])
    needed = _needed(definitions, name, set())
    schema: Schema = _strict(definitions[name])
    return schema | {"definitions": {each: _strict(definitions[each]) for each in sorted(needed)}}


def _needed(definitions: Schema, name: str, found: set[str]) -> set[str]:
    for part in json.dumps(definitions[name]).split('"#/definitions/')[1:]:
        other = part.split('"')[0]
        if other not in found:
            found.add(other)
            _needed(definitions, other, found)
    return found


def _custom(definition: Schema) -> Iterator[tuple[str, str, Schema]]:
    spec = definition["spec"]
    for version in spec["versions"]:
        schema = _strict(version["schema"]["openAPIV3Schema"])
        schema["properties"]["metadata"] = {"type": "object"}
        yield f"{spec['group']}/{version['name']}", spec["names"]["kind"], schema


def _strict(node: Any) -> Any:
    """No unknown field, no descriptions; int-or-string in JSON Schema."""
    if isinstance(node, list):
        return [_strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _strict(value) for key, value in node.items() if key not in DROPPED or isinstance(value, dict)}
    if isinstance(kept.get("properties"), dict) and not kept.get("x-kubernetes-preserve-unknown-fields"):
        kept.setdefault("additionalProperties", False)
    if kept.pop("x-kubernetes-int-or-string", None) or kept.get("format") == "int-or-string":
        kept = {"type": ["integer", "string"]}
    return kept


def _write(out: Path, version: str, kind: str, schema: Schema) -> None:
    schema["properties"] |= {"apiVersion": {"enum": [version]}, "kind": {"enum": [kind]}}
    name = f"{kind.lower()}-{version.replace('/', '-')}.json"
    (out / name).write_text(json.dumps(schema, sort_keys=True, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
