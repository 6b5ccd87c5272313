"""Every alert fires on its trouble and only then (promtool), has a runbook page, and asks for real metrics."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.charts import ROOT

RULES = ROOT / "deploy" / "alerts" / "safetynet.yaml"
DASHBOARDS = sorted((ROOT / "deploy" / "dashboards").glob("*.json"))
RUNBOOK = ROOT / "docs" / "runbook"
ALERTS = {rule["alert"]: rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]}


@dataclass(frozen=True)
class Case:
    """Two courses of the same series, a sample a minute; the alert must fire at `minutes` in the second alone."""

    quiet: dict[str, str]
    loud: dict[str, str]
    minutes: int = 30


UP = 'up{job="safetynet", service="intake", pod="%s"}'
HTTP = 'safetynet_http_seconds_count{service="%s", route="%s", method="%s", status="%s"}'
BUCKET = 'safetynet_http_seconds_bucket{service="intake", route="/v1/reports", method="POST", le="%s"}'
OUTBOX = 'safetynet_outbox_oldest_seconds{service="dispatch", collection="reports", pod="%s"}'
TAKEN = 'safetynet_consumed_total{topic="intake.reports.v1", reader="dispatch", result="%s"}'
SENT = 'safetynet_published_total{topic="intake.reports.v1"}'
DEAD = 'safetynet_dead_letters_total{topic="intake.reports.v1", reader="dispatch", reason="ValidationError"}'
SKIPPED = 'safetynet_consumer_skipped_total{topic="intake.reports.v1", reader="dispatch"}'
NOTICE = 'safetynet_received_to_sent_seconds_bucket{le="%s"}'
DIFFERENCE = 'safetynet_conservation_difference{county="chiayi-county", pod="%s"}'
CLOCKS = 'safetynet_clocks_at_risk{county="chiayi-county", state="%s"}'
LEVEL = 'safetynet_clocks_level{county="chiayi-county", level="%s"}'
LAG = 'safetynet_consumer_lag{topic="intake.reports.v1", reader="dispatch", partition="%s"}'
WRITTEN = 'safetynet_intake_written_overdue{service="intake", pod="%s"}'
GAPS = 'safetynet_intake_sequence_gaps{service="intake", pod="%s"}'
SILENT = 'safetynet_intake_silent_senders{service="intake", pod="%s"}'
LEFT, USED = 'safetynet_line_quota_left{pod="%s"}', 'safetynet_line_quota_used{pod="%s"}'
HELD = 'safetynet_deliveries_held{reason="%s", urgent="%s"}'
FAILED = 'safetynet_deliveries_total{state="failed", reason="refused"}'

CASES: dict[str, list[Case]] = {
    "SafetyNetServiceDown": [
        Case({UP % "a": "1x40", UP % "b": "0x40"}, {UP % "a": "1x20 0x20", UP % "b": "0x40"}),
        Case({UP % "a": "1x40"}, {"other": "1x40"}),
    ],
    "SafetyNetIntakeRefuses": [
        Case(
            {
                HTTP % ("intake", "/v1/reports", "POST", "422"): "0+5x40",
                HTTP % ("network", "/", "GET", "503"): "0+5x40",
            },
            {HTTP % ("intake", "/v1/reports", "POST", "503"): "0x20 1+1x20"},
        )
    ],
    "SafetyNetIntakeSlow": [
        Case(
            {BUCKET % "0.5": "0+100x40", BUCKET % "2.5": "0+100x40", BUCKET % "+Inf": "0+100x40"},
            {BUCKET % "0.5": "0+90x40", BUCKET % "2.5": "0+100x40", BUCKET % "+Inf": "0+100x40"},
        )
    ],
    "SafetyNetErrors": [
        Case(
            {HTTP % ("network", "/", "GET", "200"): "0+100x40", HTTP % ("network", "/", "GET", "500"): "0+1x40"},
            {HTTP % ("network", "/", "GET", "200"): "0+100x40", HTTP % ("network", "/", "GET", "500"): "0+5x40"},
        ),
        Case(
            {HTTP % ("network", "/", "GET", "200"): "0+1x40", HTTP % ("network", "/readyz", "GET", "503"): "0+12x40"},
            {HTTP % ("network", "/", "GET", "500"): "0+1x40"},
        ),
    ],
    "SafetyNetOutboxWaits": [
        Case({OUTBOX % "a": "0 5 0 55x37"}, {OUTBOX % "a": "0+10x40", OUTBOX % "b": "0x40"}),
    ],
    "SafetyNetReaderStuck": [
        Case({TAKEN % "handled": "0+10x40", SENT: "0+10x40"}, {TAKEN % "handled": "0+10x15 150x25", SENT: "0+10x40"}),
        # Nobody writes at night: silence is no trouble. What is skipped as unknown or set aside is not stuck either.
        Case(
            {TAKEN % "handled": "0+10x10 100x30", SENT: "0+10x10 100x30"}, {TAKEN % "handled": "0x40", SENT: "0+1x40"}
        ),
        Case(
            {TAKEN % "handled": "5x40", TAKEN % "dead": "0+1x40", SENT: "0+1x40"},
            {TAKEN % "handled": "5x40", TAKEN % "dead": "1x40", SENT: "0+1x40"},
        ),
    ],
    "SafetyNetDeadLetters": [
        Case({DEAD: "3x40"}, {DEAD: "3x25 4x15"}),
        # The first of its kind: the series begins with it.
        Case({SENT: "0+1x40"}, {DEAD: "_x25 1x15"}),
    ],
    "SafetyNetReaderSkipped": [
        Case({SKIPPED: "4x180"}, {SKIPPED: "4x150 9x30"}, minutes=170),
        Case({SENT: "0+1x40"}, {SKIPPED: "_x25 4x15"}),
    ],
    "SafetyNetUnknownEvents": [
        Case(
            {TAKEN % "handled": "0+9x60", TAKEN % "unknown": "2x60"},
            {TAKEN % "handled": "0+9x60", TAKEN % "unknown": "0+1x60"},
            50,
        )
    ],
    "SafetyNetNoticesSlow": [
        Case(
            {
                NOTICE % "10": "0+99x40",
                NOTICE % "60": "0+100x40",
                NOTICE % "300": "0+100x40",
                NOTICE % "+Inf": "0+100x40",
            },
            {
                NOTICE % "10": "0+50x40",
                NOTICE % "60": "0+80x40",
                NOTICE % "300": "0+100x40",
                NOTICE % "+Inf": "0+100x40",
            },
        )
    ],
    "SafetyNetNoticesFail": [
        Case({FAILED: "7x40", FAILED.replace("failed", "sent"): "0+1x40"}, {FAILED: "7x25 8x15"}),
        Case({SENT: "0+1x40"}, {FAILED: "_x25 1x15"}),
    ],
    "SafetyNetLineQuotaLow": [
        Case(
            {LEFT % "a": "900-0.1x1500", USED % "a": "0+0.1x1500"},
            {LEFT % "a": "350-0.1x1500", USED % "a": "0+0.1x1500"},
            1490,
        ),
        Case(
            {LEFT % "a": "1e308x1500", USED % "a": "0+9x1500"},
            {LEFT % "a": "0x1500", USED % "a": "0+9x1500"},
            1490,
        ),
        # Five pushes an hour to groups of twenty: 2,400 people a day. A thousand left are ten hours, not eight days.
        # The pods were replaced meanwhile, and each tells what LINE told it.
        Case(
            {LEFT % "a": "9000x1500", USED % "a": "0+1.6x900 _x600", USED % "b": "_x890 1424+1.6x610"},
            {LEFT % "a": "3400-1.6x1500", USED % "a": "0+1.6x900 _x600", USED % "b": "_x890 1424+1.6x610"},
            1490,
        ),
        # The month turned: nothing is left of the old count, and that is no pace.
        Case(
            {LEFT % "a": "100x700 6000x800", USED % "a": "5900x700 0x800"},
            {LEFT % "a": "100x700 10x800", USED % "a": "5900x700 0+0.01x800"},
            1490,
        ),
    ],
    "SafetyNetLineQuotaShort": [
        Case({"safetynet_line_quota_short": "0x40"}, {"safetynet_line_quota_short": "0x5 120x35"}),
    ],
    "SafetyNetInNobodysHand": [
        Case(
            {'safetynet_asks{hand="lost"}': "0x10 1x3 0x27", 'safetynet_asks{hand="open"}': "9x40"},
            {'safetynet_asks{hand="lost", pod="a"}': "0x10 1x30", 'safetynet_asks{hand="lost", pod="b"}': "0x40"},
        )
    ],
    "SafetyNetNoticesHeld": [
        Case(
            {HELD % ("quota", "yes"): "0x40", HELD % ("channel", "yes"): "0x10 9x30"},
            {HELD % ("quota", "yes"): "0x20 1x20", HELD % ("quota", "no"): "0x40"},
        )
    ],
    "SafetyNetLineRefusesUs": [
        Case(
            {"safetynet_line_channel_refused": "0x40"},
            {'safetynet_line_channel_refused{pod="a"}': "0x20 1x20", 'safetynet_line_channel_refused{pod="b"}': "0x40"},
        )
    ],
    "SafetyNetNotConserved": [
        # On its way through Kafka for a minute, then there.
        Case({DIFFERENCE % "a": "0x20 5x3 0x20"}, {DIFFERENCE % "a": "0x20 5x20", DIFFERENCE % "b": "0x20 5x20"}),
    ],
    "SafetyNetClocksOverdue": [
        Case({CLOCKS % "overdue": "0x40", CLOCKS % "due_soon": "9x40"}, {CLOCKS % "overdue": "0x20 1x20"}),
    ],
    "SafetyNetClocksPressing": [
        # What is taken on within minutes needs nobody's telephone.
        Case({LEVEL % "80": "0x5 2x10 0x25", LEVEL % "50": "9x40"}, {LEVEL % "80": "0x10 1x30", LEVEL % "50": "0x40"}),
    ],
    "SafetyNetSendersSilent": [
        # Every pod listens to the same database; one that has just started knows nobody yet.
        Case({SILENT % "a": "0x10 2 2 0x30", SILENT % "b": "0x40"}, {SILENT % "a": "0x15 1x25", SILENT % "b": "0x40"}),
    ],
    "SafetyNetWrittenFormsOverdue": [
        # Written within minutes of its time: nobody need telephone.
        Case({WRITTEN % "a": "0x10 1x10 0x30"}, {WRITTEN % "a": "0x10 1x30", WRITTEN % "b": "0x40"}, 35),
    ],
    "SafetyNetSequenceGaps": [
        Case({GAPS % "a": "0x10 3 3 0x30"}, {GAPS % "a": "0x15 2x25", GAPS % "b": "0x15 2x25"}),
    ],
    "SafetyNetReaderBehind": [
        Case(
            {LAG % "0": "0x15 5000 3000 500 0x25", LAG % "1": "900x40"},
            {LAG % "0": "0x15 600x25", LAG % "1": "600x40"},
        )
    ],
    "SafetyNetLineGroupUnheard": [
        Case(
            {
                'safetynet_line_groups{trouble="left"}': "1x40",
                'safetynet_line_groups{trouble="empty"}': "0x10 1x5 0x25",
            },
            {'safetynet_line_groups{trouble="empty"}': "0x40", 'safetynet_line_groups{trouble="silent"}': "0x10 2x30"},
        )
    ],
    "SafetyNetNobodyAnswers": [
        Case({"safetynet_escalations_standing": "0x40"}, {'safetynet_escalations_standing{pod="a"}': "0x20 1x20"}),
    ],
    "SafetyNetEscalationLate": [
        # Late while a replica starts anew, then taken.
        Case({"safetynet_escalation_steps_late": "0x10 3x3 0x30"}, {"safetynet_escalation_steps_late": "0x10 3x30"}),
    ],
    "SafetyNetRotaHole": [
        Case(
            {'safetynet_rota_holes{extent="whole"}': "0x10 1x5 0x25", 'safetynet_rota_holes{extent="part"}': "0x40"},
            {'safetynet_rota_holes{extent="whole"}': "1x40"},
        )
    ],
    "SafetyNetLineGroupLeft": [
        Case({"safetynet_line_groups_left_total": "1x90"}, {"safetynet_line_groups_left_total": "0x60 1x30"}, 80)
    ],
}


def course(alert: str, series: dict[str, str], minutes: int, *, fires: bool) -> dict[str, Any]:
    """A promtool test: how many of this alert fire at that minute."""
    firing = f'count(count by (alertname) (ALERTS{{alertname="{alert}", alertstate="firing"}})) or vector(0)'
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": firing, "eval_time": f"{minutes}m", "exp_samples": [{"labels": "{}", "value": int(fires)}]}
        ],
    }


def verdict(promtool: str, folder: Path, alert: str, *courses: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """What promtool says of one alert; its rule alone is evaluated, minute by minute."""
    rules, path = folder / "rules.yaml", folder / "test.yaml"
    rules.write_text(yaml.safe_dump({"groups": [{"name": "one", "rules": [ALERTS[alert]]}]}))
    path.write_text(yaml.safe_dump({"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": list(courses)}))
    return subprocess.run((promtool, "test", "rules", path), capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_fires_on_its_trouble_and_only_then(promtool: str, alert: str, tmp_path: Path) -> None:
    courses = [
        course(alert, series, case.minutes, fires=fires)
        for case in CASES[alert]
        for series, fires in ((case.quiet, False), (case.loud, True))
    ]
    done = verdict(promtool, tmp_path, alert, *courses)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_test_of_alerts_can_fail(promtool: str, tmp_path: Path) -> None:
    alert = "SafetyNetDeadLetters"
    quiet = course(alert, CASES[alert][0].quiet, 30, fires=True)
    assert verdict(promtool, tmp_path, alert, quiet).returncode != 0


def test_the_rules_and_the_scrape_configuration_are_valid(promtool: str) -> None:
    subprocess.run((promtool, "check", "rules", RULES), check=True, capture_output=True, timeout=60)
    scrape = ROOT / "deploy" / "otel" / "prometheus.yaml"
    subprocess.run((promtool, "check", "config", "--syntax-only", scrape), check=True, capture_output=True, timeout=60)


def test_every_alert_has_a_page_in_the_runbook_and_every_page_an_alert() -> None:
    assert {path.stem for path in RUNBOOK.glob("*.md")} == set(ALERTS)
    for name, rule in ALERTS.items():
        assert rule["annotations"]["runbook_url"] == f"docs/runbook/{name}.md"
        assert rule["labels"]["severity"] in {"page", "ticket"}
        page = (RUNBOOK / f"{name}.md").read_text()
        assert all(
            part in page for part in ("**What it says.**", "**Who is harmed.**", "## Look", "## Do", "## Afterwards")
        )


def declared() -> set[str]:
    """Names of the metrics that the services declare, as Prometheus sees them."""
    source = "\n".join(path.read_text() for path in (ROOT / "services").rglob("*.py"))
    found = re.findall(r"\b(Counter|Gauge|Histogram)\(\s*\"(safetynet_\w+)\"", source)
    ends = {"Counter": [""], "Gauge": [""], "Histogram": ["_bucket", "_count", "_sum"]}
    return {name + end for kind, name in found for end in ends[kind]}


def asked(text: str) -> set[str]:
    return set(re.findall(r"\bsafetynet_[a-z_]+", text))


def test_alerts_and_dashboards_ask_for_metrics_that_exist() -> None:
    assert len(DASHBOARDS) == 2
    for path in (RULES, *DASHBOARDS):
        assert asked(path.read_text()) <= declared(), path.name


def test_every_panel_says_what_it_shows_and_overlaps_no_other() -> None:
    for path in DASHBOARDS:
        cells = []
        for panel in json.loads(path.read_text())["panels"]:
            assert panel["description"]
            at = panel["gridPos"]
            cells += [(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]
        assert len(cells) == len(set(cells))
        assert max(x for x, _ in cells) < 24


def test_every_query_of_a_dashboard_parses(promtool: str, tmp_path: Path) -> None:
    queries = [
        t["expr"] for path in DASHBOARDS for panel in json.loads(path.read_text())["panels"] for t in panel["targets"]
    ]
    rules = [
        {"record": f"panel:{number}", "expr": re.sub(r"\$\w+", ".*", query)} for number, query in enumerate(queries)
    ]
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    subprocess.run((promtool, "check", "rules", path), check=True, capture_output=True, timeout=60)
