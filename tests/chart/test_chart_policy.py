"""What a reviewer of an operations team asks of every object: no root, no latest, limits, probes, default deny."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.chart.charts import Object, Rendered


def pods(rendered: Rendered, *kinds: str) -> Iterator[tuple[str, Object, Object]]:
    """Name, pod spec and its only container of every Deployment and Job, or of these kinds."""
    for each in rendered.of(*(kinds or ("Deployment", "StatefulSet", "Job", "DaemonSet", "CronJob"))):
        assert each["kind"] in ("Deployment", "Job"), "this policy knows Deployments and Jobs only"
        spec = each["spec"]["template"]["spec"]
        assert not spec.get("initContainers"), "this policy knows one container only"
        yield each["metadata"]["name"], spec, *spec["containers"]


def matches(selector: Object, labels: Object) -> bool:
    return selector["matchLabels"].items() <= labels.items()


def test_pods_pass_the_restricted_standard(rendered: Rendered) -> None:
    for name, spec, container in pods(rendered):
        context, own = spec["securityContext"], container["securityContext"]
        assert context["runAsNonRoot"] is True, name
        assert context["runAsUser"] >= 10_000, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert own["allowPrivilegeEscalation"] is False, name
        assert own["capabilities"] == {"drop": ["ALL"]}, name
        assert not {"hostNetwork", "hostPID", "hostIPC", "hostUsers"} & spec.keys(), name
        assert {kind for volume in spec["volumes"] for kind in volume} <= {"name", "emptyDir", "projected"}, name


def test_the_root_file_system_is_read_only_and_scratch_space_is_bounded(rendered: Rendered) -> None:
    for name, spec, container in pods(rendered):
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
        assert all(volume["emptyDir"].get("sizeLimit") for volume in spec["volumes"] if "emptyDir" in volume), name


def test_no_pod_has_a_service_account_token(rendered: Rendered) -> None:
    for name, spec, _ in pods(rendered):
        assert spec["automountServiceAccountToken"] is False, name
    for name, spec, _ in pods(rendered, "Deployment"):
        assert rendered.one("ServiceAccount", spec["serviceAccountName"])["automountServiceAccountToken"] is False, name
    assert not list(rendered.of("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"))


def test_images_name_a_version(rendered: Rendered) -> None:
    for name, _, container in pods(rendered):
        assert re.search(r"(:[A-Za-z0-9_.-]+|@sha256:[0-9a-f]{64})$", container["image"]), name
        assert not container["image"].endswith(":latest"), name


def test_every_container_has_requests_and_limits(rendered: Rendered) -> None:
    for name, _, container in pods(rendered):
        resources = container["resources"]
        assert {"cpu", "memory"} <= resources["requests"].keys(), name
        assert {"cpu", "memory"} <= resources["limits"].keys(), name


def test_every_container_has_three_probes_that_ask_the_right_thing(rendered: Rendered) -> None:
    asked = {"startupProbe": "/healthz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"}
    for name, _, container in pods(rendered, "Deployment"):
        assert {probe: container[probe]["httpGet"]["path"] for probe in asked} == asked, name
        # A dependency that is away must never have a process killed.
        assert container["livenessProbe"]["failureThreshold"] * container["livenessProbe"]["periodSeconds"] >= 30, name


@pytest.mark.parametrize("seconds", [1, 20, 300])
def test_a_pod_is_given_longer_than_its_service_takes_to_stop(render: Callable[..., Rendered], seconds: int) -> None:
    rendered = render(f"shutdownSeconds={seconds}")
    for name, spec, container in pods(rendered, "Deployment"):
        settings = rendered.one("ConfigMap", name)["data"]
        pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        # Requests get SHUTDOWN_SECONDS, then the batch in hand gets as much, then the outbox five.
        assert spec["terminationGracePeriodSeconds"] >= pause + 2 * int(settings["SHUTDOWN_SECONDS"]) + 5


def test_a_rollout_takes_no_pod_away_before_another_is_ready(rendered: Rendered) -> None:
    for each in rendered.of("Deployment"):
        assert each["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_every_deployment_has_a_service_a_budget_a_policy_and_spreads(rendered: Rendered) -> None:
    for each in rendered.of("Deployment"):
        name, template = each["metadata"]["name"], each["spec"]["template"]
        labels = template["metadata"]["labels"]
        assert matches(each["spec"]["selector"], labels)
        assert rendered.one("Service", name)["spec"]["selector"].items() <= labels.items()
        assert matches(rendered.one("PodDisruptionBudget", name)["spec"]["selector"], labels)
        assert matches(rendered.one("NetworkPolicy", name)["spec"]["podSelector"], labels)
        spreads = template["spec"]["topologySpreadConstraints"]
        assert all(matches(spread["labelSelector"], labels) for spread in spreads)
        assert {spread["topologyKey"] for spread in spreads} == {
            "topology.kubernetes.io/zone",
            "kubernetes.io/hostname",
        }


def test_an_autoscaled_deployment_does_not_fix_its_replicas(rendered: Rendered) -> None:
    scaled = {each["spec"]["scaleTargetRef"]["name"] for each in rendered.of("HorizontalPodAutoscaler", "ScaledObject")}
    for each in rendered.of("Deployment"):
        assert ("replicas" in each["spec"]) is (each["metadata"]["name"] not in scaled)


def test_steps_down_are_one_pod_at_a_time(rendered: Rendered) -> None:
    for each in rendered.of("HorizontalPodAutoscaler", "ScaledObject"):
        spec = each["spec"]
        behavior = spec.get("behavior") or spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        waits = min(300, behavior["scaleDown"]["stabilizationWindowSeconds"])
        assert behavior["scaleDown"]["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": waits}]


def test_everything_is_denied_that_no_policy_opens(rendered: Rendered) -> None:
    deny = rendered.one("NetworkPolicy", "safetynet-default-deny")["spec"]
    assert deny["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in deny
    assert "egress" not in deny
    for each in rendered.of("Deployment"):
        assert matches(deny["podSelector"], each["spec"]["template"]["metadata"]["labels"])


def test_every_opening_names_peers_and_ports(rendered: Rendered) -> None:
    for each in rendered.of("NetworkPolicy"):
        for rule in (*each["spec"].get("ingress", ()), *each["spec"].get("egress", ())):
            assert rule.get("to") or rule.get("from"), f"{each['metadata']['name']} is open to everyone: {rule}"
            assert rule["ports"], each["metadata"]["name"]


def test_every_service_reaches_dns_kafka_and_mongodb_and_only_notify_the_internet(rendered: Rendered) -> None:
    told = rendered.one("ConfigMap", "safetynet-intake")["data"]["KAFKA_BOOTSTRAP"]
    kafka = int(told.rpartition(":")[2])
    for each in rendered.of("NetworkPolicy"):
        rules = each["spec"].get("egress", ())
        ports = {(port["protocol"], port["port"]) for rule in rules for port in rule["ports"]}
        needed = {("UDP", 53), ("TCP", 53), ("TCP", 27017)}
        needed |= set() if each["metadata"]["name"].endswith("-prepare") else {("TCP", kafka)}
        assert not rules or needed <= ports, each["metadata"]["name"]
        abroad = any(peer.get("ipBlock", {}).get("cidr") == "0.0.0.0/0" for rule in rules for peer in rule["to"])
        assert abroad is (each["metadata"]["name"] == "safetynet-notify")


def test_no_secret_is_made_or_stands_in_an_object(rendered: Rendered) -> None:
    assert not list(rendered.of("Secret"))
    for each in rendered.of("ConfigMap"):
        assert not {"MASTER_KEY", "BLIND_INDEX_KEY", "MONGO_URL", "CALLERS"} & each["data"].keys()
    for _, _, container in pods(rendered):
        assert not [env for env in container["env"] if "secretKeyRef" in env.get("valueFrom", {})]


def test_metrics_are_not_reachable_from_outside_where_the_public_calls(render: Callable[..., Rendered]) -> None:
    rendered = render("values-country.yaml", "routes.kind=ingress")
    for name in ("safetynet-intake", "safetynet-notify"):
        paths = rendered.one("Ingress", name)["spec"]["rules"][0]["http"]["paths"]
        assert not [each for each in paths if "/metrics".startswith(each["path"]) and each["pathType"] == "Prefix"]


def test_a_changed_setting_rolls_the_pods_that_have_it(render: Callable[..., Rendered]) -> None:
    def sums(*given: str) -> dict[str, str]:
        return {
            each["metadata"]["name"]: each["spec"]["template"]["metadata"]["annotations"]["checksum/settings"]
            for each in render(*given).of("Deployment")
        }

    before, after = sums(), sums("services.notify.settings.line_concurrency=5")
    assert {name for name in before if before[name] != after[name]} == {"safetynet-notify"}


def test_indexes_are_made_before_any_pod_of_a_release_by_pods_that_no_service_sends_to(rendered: Rendered) -> None:
    jobs = {each["metadata"]["name"]: each for each in rendered.of("Job")}
    assert set(jobs) == {f"safetynet-{name}-prepare" for name in ("intake", "dispatch", "network", "notify")}
    for name, job in jobs.items():
        assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
        labels = job["spec"]["template"]["metadata"]["labels"]
        assert not [each for each in rendered.of("Service") if each["spec"]["selector"].items() <= labels.items()], name
        assert matches(rendered.one("NetworkPolicy", name)["spec"]["podSelector"], labels)
        assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["prepare"]


def test_what_a_job_needs_stands_before_the_release_does(rendered: Rendered) -> None:
    for name, spec, container in pods(rendered, "Job"):
        assert spec["serviceAccountName"] == "default", name
        assert not container.get("envFrom"), name


def test_without_jobs_each_pod_makes_its_own_indexes(render: Callable[..., Rendered]) -> None:
    assert not list(render("prepare.enabled=false").of("Job"))
