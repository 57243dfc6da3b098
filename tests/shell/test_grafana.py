"""The dashboard that is shipped asks for what is written, and for nothing else."""

import json
import re
from pathlib import Path
from typing import Any

from controller.config import Trends
from controller.publications import TRENDS, Publications
from tests.shell.outlets import reading, site

FOLDER = Path(__file__).parents[2] / "firmware-config" / "grafana"
METRIC = re.compile(r"\b(climate_\w+)\{([^}]*)\}")
LABEL = re.compile(r"(\w+)\s*[=!]")


def dashboards() -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))]


def written() -> tuple[set[str], set[str]]:
    """The metrics and labels of one point, as VictoriaMetrics names them."""
    trends = Trends(url="http://127.0.0.1:1", org="o", bucket="b")
    messages = Publications(site(trends=trends.model_dump())).readings(reading(1))
    (line,) = [m.payload.decode() for m in messages if m.destination == TRENDS]
    series, fields, _ = line.split(" ")
    measurement, *tags = series.split(",")
    return (
        {f"{measurement}_{field.partition('=')[0]}" for field in fields.split(",")},
        {tag.partition("=")[0] for tag in tags},
    )


def test_every_dashboard_has_a_name_of_its_own_and_panels_that_do_not_overlap() -> None:
    found = dashboards()
    uids = [each["uid"] for each in found]
    assert found
    assert len(set(uids)) == len(uids)
    for each in found:
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", each["uid"])
        ids = [panel["id"] for panel in each["panels"]]
        assert len(set(ids)) == len(ids)
        cells = [
            (row, column)
            for panel in each["panels"]
            for row in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
            for column in range(
                panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"]
            )
        ]
        assert len(set(cells)) == len(cells)
        assert max(column for _, column in cells) < 24


def test_every_panel_asks_for_metrics_and_labels_that_are_written() -> None:
    metrics, labels = written()
    for each in dashboards():
        for panel in each["panels"]:
            for target in panel["targets"]:
                asked = METRIC.findall(target["expr"])
                assert asked, target["expr"]
                assert {name for name, _ in asked} <= metrics
                assert {label for _, how in asked for label in LABEL.findall(how)} <= labels
                by = re.search(r"by \(([^)]*)\)", target["expr"])
                assert by is not None
                assert {label.strip() for label in by[1].split(",")} <= labels
