"""Fixtures for the chart: pinned tools made once, and what Helm renders of a values file."""

from collections.abc import Callable
from functools import cache

import pytest
import yaml

from tests.chart.charts import VALUES, Helm, Rendered


@pytest.fixture(scope="session")
def helm(helm: str) -> Helm:
    return Helm(helm)


@pytest.fixture(scope="session")
def render(helm: Helm) -> Callable[..., Rendered]:
    """`render("values-country.yaml", "kafka.replication=5")`: files of the chart and values to set."""

    @cache
    def rendered(*given: str) -> Rendered:
        argv = [part for each in given for part in (("--set" if "=" in each else "--values"), each)]
        done = helm.template(*argv)
        assert done.returncode == 0, done.stderr
        return Rendered(tuple(each for each in yaml.safe_load_all(done.stdout) if each))

    return rendered


@pytest.fixture(params=VALUES.values(), ids=VALUES.keys(), scope="session")
def rendered(request: pytest.FixtureRequest, render: Callable[..., Rendered]) -> Rendered:
    """The chart with each of its values files in turn."""
    return render(*request.param)
