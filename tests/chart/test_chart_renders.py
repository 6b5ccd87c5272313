"""Every values file gives what Kubernetes and the operators accept; wrong values are refused with a reason."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml
from intake.batches.uploading import MOST_BYTES
from jsonschema import Draft7Validator

from contracts import topics
from deploy.tools.readme import readme
from deploy.tools.topics import registry
from tests.chart.charts import CHART, VALUES, Helm, Object, Rendered

SCHEMAS = Path(__file__).with_name("schemas")


@cache
def schema_of(version: str, kind: str) -> Draft7Validator:
    path = SCHEMAS / f"{kind.lower()}-{version.replace('/', '-')}.json"
    assert path.exists(), f"no schema of {version} {kind}: add it to deploy/tools/schemas.py"
    return Draft7Validator(json.loads(path.read_text()))


def complaints(each: Object) -> list[str]:
    found = schema_of(each["apiVersion"], each["kind"]).iter_errors(each)
    return [f"{each['kind']} {each['metadata']['name']} {error.json_path}: {error.message[:200]}" for error in found]


def test_every_values_file_is_tested() -> None:
    assert {path.name for path in CHART.glob("values-*.yaml")} == {name for names in VALUES.values() for name in names}


@pytest.mark.parametrize("files", VALUES.values(), ids=VALUES.keys())
def test_helm_lint_finds_nothing_wrong(helm: Helm, files: tuple[str, ...]) -> None:
    done = helm.run("lint", ".", "--strict", "--kube-version", "1.34.4", *(f"--values={name}" for name in files))
    assert done.returncode == 0, done.stdout


def test_every_object_is_what_its_schema_says(rendered: Rendered) -> None:
    assert [wrong for each in rendered.objects for wrong in complaints(each)] == []


def test_the_schemas_refuse_a_misspelled_field(render: Callable[..., Rendered]) -> None:
    deployment = json.loads(json.dumps(render().one("Deployment", "safetynet-intake")))
    deployment["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    deployment["spec"]["replicas"] = "two"
    assert len(complaints(deployment)) == 2


def test_no_two_objects_share_a_name(rendered: Rendered) -> None:
    names = [(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in rendered.objects]
    assert len(names) == len(set(names))


def test_every_optional_part_renders_what_its_schema_says(render: Callable[..., Rendered]) -> None:
    rendered = render(
        "values-country.yaml", "routes.kind=ingress", "routes.tlsSecret=wildcard", "kafka.topicPrefix=tw."
    )
    assert [wrong for each in rendered.objects for wrong in complaints(each)] == []
    assert {
        "Ingress",
        "KafkaTopic",
        "KafkaUser",
        "ServiceMonitor",
        "PrometheusRule",
        "ScaledObject",
        "TriggerAuthentication",
    } <= {each["kind"] for each in rendered.objects}


BROKEN = {
    "image.tag=latest": 'image.tag: "latest" names no version',
    "services.dispach.replicas=2": "services: Additional property dispach is not allowed",
    "services.intake.replica=3": "services.intake: Additional property replica is not allowed",
    "services.intake.replicas=0": "services.intake.replicas: Must be greater than or equal to 1",
    "services.intake.replicas=many": "services.intake.replicas: Invalid type. Expected: integer, given: string",
    "kafka.bootstrap=kafka": "kafka.bootstrap: Does not match pattern",
    "kafka.replication=1": "minInsyncReplicas: 2 can never be in sync with kafka.replication 1",
    "settings.master_key=c2VjcmV0": "settings.master_key: a secret never stands in values. Put it into",
    "services.notify.settings.line_channel_token=abc": "Put it into the Secret safetynet-notify",
    "services.notify.settings.port=9000": "services.notify.settings.port: set by the chart",
    "defaults.resources.limits.memory=null": "resources.limits.memory: needed",
    "routes.kind=ingress": "routes.domain: needed",
    "kafka.strimzi.users=true": "services would come to Kafka as nobody",
    "kafka.security.protocol=SASL_SSL": "SASL needs a username and the Secret of its password",
    "services.intake.settings.kafka_username=me": "set by kafka.security.username",
    "services.notify.autoscaling.kind=keda,services.notify.autoscaling.max=9": "9 replicas would share 6 partitions",
    "services.board.enabled=true,services.board.autoscaling.kind=keda": "board reads none",
}


@pytest.mark.parametrize(("values", "message"), BROKEN.items(), ids=BROKEN.keys())
def test_a_broken_value_is_refused_and_the_message_says_why(helm: Helm, values: str, message: str) -> None:
    done = helm.template("--set", values)
    assert done.returncode != 0
    assert message in done.stderr


def test_a_service_may_override_one_figure_and_keep_the_rest(render: Callable[..., Rendered]) -> None:
    rendered = render("services.notify.resources.limits.memory=1Gi")
    container = rendered.one("Deployment", "safetynet-notify")["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"] == {
        "requests": {"cpu": "100m", "memory": "192Mi"},
        "limits": {"cpu": "1", "memory": "1Gi"},
    }


def test_topics_are_those_of_the_contracts() -> None:
    committed = (CHART / "files" / "topics.yaml").read_text()
    assert committed == registry(), "run: python -m deploy.tools.topics > deploy/chart/files/topics.yaml"


def test_the_readme_is_made_from_the_schema() -> None:
    assert (CHART / "README.md").read_text() == readme(), "run: python -m deploy.tools.readme > deploy/chart/README.md"


def test_every_value_has_a_default_that_the_schema_knows_and_a_description() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert set(values) == set(schema["properties"]) - {"global"}
    assert set(values["defaults"]) == set(schema["definitions"]["service"]["properties"])
    assert all(each["description"] for each in schema["definitions"]["service"]["properties"].values())


def test_strimzi_makes_every_topic_and_dead_letter_topic(render: Callable[..., Rendered]) -> None:
    made = {each["metadata"]["name"]: each["spec"] for each in render("values-country.yaml").of("KafkaTopic")}
    dead = {topic.dead_letters(reader) for topic in topics.ALL for reader in topic.readers}
    assert set(made) == {topic.name for topic in topics.ALL} | dead
    for topic in topics.ALL:
        assert made[topic.name]["partitions"] == topic.partitions
        config = made[topic.name]["config"]
        if topic.compacted:
            assert (config["cleanup.policy"], "retention.ms" in config) == ("compact", False)
        else:
            assert (config["retention.ms"], "cleanup.policy" in config) == (topic.retention_days * 86_400_000, False)


def test_a_service_may_write_only_its_own_topics_and_dead_letters(render: Callable[..., Rendered]) -> None:
    for user in render("values-country.yaml").of("KafkaUser"):
        name = user["metadata"]["labels"]["app.kubernetes.io/component"]
        may = {
            (acl["resource"]["name"], each)
            for acl in user["spec"]["authorization"]["acls"]
            for each in acl["operations"]
        }
        own = {topic.name for topic in topics.ALL if topic.writer == name}
        read = [topic for topic in topics.ALL if name in topic.readers]
        assert {what for what, how in may if how == "Write"} == own | {topic.dead_letters(name) for topic in read}
        assert {what for what, how in may if how == "Read"} == {topic.name for topic in read} | {name}


def test_keda_watches_every_topic_that_a_service_reads(render: Callable[..., Rendered]) -> None:
    for scaled in render("values-country.yaml", "kafka.topicPrefix=tw.").of("ScaledObject"):
        name = scaled["metadata"]["labels"]["app.kubernetes.io/component"]
        watched = {trigger["metadata"]["topic"] for trigger in scaled["spec"]["triggers"]}
        assert watched == {f"tw.{topic.name}" for topic in topics.ALL if name in topic.readers}
        assert {trigger["metadata"]["consumerGroup"] for trigger in scaled["spec"]["triggers"]} == {f"tw.{name}"}
        assert scaled["spec"]["minReplicaCount"] >= 1


def test_the_scaler_asks_kafka_as_the_service_does(render: Callable[..., Rendered]) -> None:
    """One user, one password, one certificate for both: with a user for each service, and with one for all."""
    theirs = ("kafka.security.username=ours", "kafka.security.password.secret=p", "kafka.security.ca.secret=ca")
    names = {"SCRAM-SHA-256": "scram_sha256", "SCRAM-SHA-512": "scram_sha512"}
    for more in ((), theirs, (*theirs, "kafka.security.mechanism=SCRAM-SHA-256")):
        rendered = render("values-country.yaml", *more)
        scaled = list(rendered.of("ScaledObject"))
        assert len(scaled) == 3
        for each in scaled:
            name, service = each["metadata"]["name"], each["metadata"]["labels"]["app.kubernetes.io/component"]
            asks = rendered.one("TriggerAuthentication", name)["spec"]
            told = rendered.one("ConfigMap", name)["data"]
            [pod] = rendered.one("Deployment", name)["spec"]["template"]["spec"]["containers"]
            volumes = rendered.one("Deployment", name)["spec"]["template"]["spec"]["volumes"]
            sources = next(volume for volume in volumes if volume["name"] == "secrets")["projected"]["sources"]
            mounted = {i["path"]: (s["secret"]["name"], i["key"]) for s in sources for i in s["secret"]["items"]}
            shown = {ref["parameter"]: (ref["name"], ref["key"]) for ref in asks["secretTargetRef"]}
            assert shown == {"password": mounted["kafka_password"], "ca": mounted["kafka_ca.crt"]}
            assert asks["env"] == [{"parameter": "username", "name": "KAFKA_USERNAME", "containerName": pod["name"]}]
            assert told["KAFKA_USERNAME"] == ("ours" if more else f"safetynet-{service}")
            assert told["KAFKA_CA_FILE"] == "/run/secrets/safetynet/kafka_ca.crt"
            for trigger in each["spec"]["triggers"]:
                assert trigger["authenticationRef"] == {"name": name}
                assert trigger["metadata"]["tls"] == "enable"
                assert trigger["metadata"]["sasl"] == names[told["KAFKA_SASL_MECHANISM"]]


def test_users_that_strimzi_makes_are_those_that_services_come_as(render: Callable[..., Rendered]) -> None:
    rendered = render("values-country.yaml")
    made = {each["metadata"]["name"] for each in rendered.of("KafkaUser")}
    told = [each["data"] for each in rendered.of("ConfigMap") if "PORT" in each.get("data", {})]
    assert {each["KAFKA_USERNAME"] for each in told} == made
    for job in rendered.of("Job"):  # runs before they are made
        assert "kafka" not in json.dumps(job["spec"]["template"]["spec"]["volumes"])
        assert not [each for each in job["spec"]["template"]["spec"]["containers"][0]["env"] if "SASL" in each["name"]]


def test_the_largest_file_that_intake_takes_passes_the_ingress(render: Callable[..., Rendered]) -> None:
    rendered = render("routes.kind=ingress", "routes.domain=safetynet.example", "routes.annotations.mine=kept")
    annotations = rendered.one("Ingress", "safetynet-intake")["metadata"]["annotations"]
    assert annotations["mine"] == "kept"
    assert annotations["nginx.ingress.kubernetes.io/proxy-request-buffering"] == "off"
    assert int(annotations["nginx.ingress.kubernetes.io/proxy-body-size"].removesuffix("m")) * 2**20 > MOST_BYTES
