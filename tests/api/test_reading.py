"""What else is read: holdings by their names, histories, alarms, climate, devices, health."""

from datetime import datetime, timedelta

import pytest

from controller.domain.events import DeviceFailed, RackChanged, TagBound
from controller.domain.model import Direction
from drivers.observations import ClimateReading, Moment, Quality, RackMode
from tests.api.facts import alarm, passage
from tests.api.world import NOW, World

MINUTE = timedelta(minutes=1)


def reading(
    at: datetime, celsius: float | None, humidity: float | None = 50.0, quality: str = "good"
) -> ClimateReading:
    return ClimateReading(
        at=Moment(utc=at, monotonic_s=0.0),
        sensor="th-1",
        temperature_c=celsius,
        relative_humidity_percent=humidity,
        quality=Quality(quality),
        fault="" if quality == "good" else "invalid",
    )


# --- holdings --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["code=F-1", "barcode=3001", "epc=E280AA", "epc=e280aa"])
def test_a_holding_is_found_by_code_barcode_or_the_tag_bound_now(
    each_world: World, name: str
) -> None:
    each_world.shelve("file", "F-1", barcode="3001")
    each_world.record(TagBound(at=NOW, epc="E280AA", holding_id="file", by="li"))
    (found,) = each_world.get(f"/v1/holdings?{name}").json()["holdings"]
    assert (found["id"], found["reference_code"], found["kind"]) == ("file", "F-1", "file")


def test_a_tag_bound_anew_no_longer_finds_the_old_holding(each_world: World) -> None:
    each_world.shelve("old", "F-1")
    each_world.shelve("new", "F-2")
    for holding in ("old", "new"):
        each_world.record(TagBound(at=NOW, epc="E280AA", holding_id=holding, by="li"))
    (found,) = each_world.get("/v1/holdings?epc=E280AA").json()["holdings"]
    assert found["id"] == "new"


@pytest.mark.parametrize("query", ["", "?code=a&epc=b", "?code=", "?code=a%00b"])
def test_exactly_one_usable_name_is_asked_for(world: World, query: str) -> None:
    assert world.get(f"/v1/holdings{query}").status_code == 422


def test_one_holding_has_a_strong_tag_that_saves_sending_it_again(world: World) -> None:
    world.shelve("file", "F-1")
    first = world.get("/v1/holdings/file")
    tag = first.headers["etag"]
    assert tag.startswith('"')
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = world.get("/v1/holdings/file", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    changed = world.get("/v1/holdings/file", headers={"If-None-Match": '"other"'})
    assert changed.status_code == 200


def test_a_history_is_paged_newest_first_without_gap_or_repeat(each_world: World) -> None:
    each_world.shelve("file", "F-1")
    each_world.shelve("other", "F-2")
    ids = []
    for number in range(7):
        each_world.record(passage("other", Direction.IN, NOW + number * MINUTE))
        ids += each_world.record(passage("file", Direction.IN, NOW + number * MINUTE))
    url: str | None = "/v1/holdings/file/events?limit=3"
    pages = []
    while url is not None:
        page = each_world.get(url).json()
        pages.append([event["id"] for event in page["events"]])
        url = page["next"]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [event for page in pages for event in page] == ids[::-1]
    assert each_world.get("/v1/holdings/nothing/events").status_code == 404


def test_an_event_is_told_as_it_was_written(world: World) -> None:
    world.shelve("file", "F-1")
    (event_id,) = world.record(passage("file", Direction.OUT))
    (event,) = world.get("/v1/holdings/file/events").json()["events"]
    assert event["id"] == event_id
    assert (event["kind"], event["seq"], event["at"]) == (
        "PassageDetected",
        1,
        "2026-11-20T08:00:00Z",
    )
    assert event["source"] == "site-1/controller"
    assert len(event["epoch"]) > 0
    assert event["data"]["direction"] == "out"
    assert event["data"]["evidence"] == {"inside_reads": "4", "outside_reads": "5"}


def test_half_a_surrogate_pair_in_an_event_is_told_and_breaks_nothing(world: World) -> None:
    world.shelve("file", "F-1")
    world.record(passage("file", Direction.OUT, name="\ud800"))
    (event,) = world.get("/v1/holdings/file/events").json()["events"]
    assert event["data"]["passage_id"].startswith("\ud800")


@pytest.mark.parametrize("cursor", ["%21", "YQ", "LTE", "x" * 301, "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_a_cursor_somebody_made_up_is_refused(world: World, cursor: str) -> None:
    answer = world.get(f"/v1/alarms?cursor={cursor}")
    assert answer.status_code in (400, 422)


# --- alarms, racks, devices ------------------------------------------------------------------


def test_alarms_are_filtered_and_paged(each_world: World) -> None:
    for number in range(3):
        each_world.record(alarm(f"unauthorised_exit:door-1:F-{number}"))
    page = each_world.get("/v1/alarms?state=unacknowledged&source=door-1&limit=2").json()
    assert [one["subject"] for one in page["alarms"]] == ["F-2", "F-1"]
    assert [one["subject"] for one in each_world.get(page["next"]).json()["alarms"]] == ["F-0"]
    assert each_world.get("/v1/alarms?priority=low").json()["alarms"] == []
    assert each_world.get("/v1/alarms?kind=rack_fault").json()["alarms"] == []
    assert each_world.get("/v1/alarms?state=sometimes").status_code == 422
    assert each_world.get("/v1/alarms/none").status_code == 404


def test_a_rack_nobody_heard_of_is_unknown_and_then_what_it_says(each_world: World) -> None:
    silent = each_world.get("/v1/racks/rack-a").json()
    assert (silent["mode"], silent["aisles"], silent["changed_at"]) == ("unknown", 7, None)
    each_world.record(
        RackChanged(
            at=NOW,
            rack="rack-a",
            mode=RackMode.IDLE,
            open_aisle=5,
            occupied="3:occupied",
            fault_code=0,
        )
    )
    (told,) = each_world.get("/v1/racks").json()["racks"]
    assert (told["mode"], told["open_aisle"], told["occupied"]) == ("idle", 5, "3:occupied")
    assert each_world.get("/v1/racks/rack-b").status_code == 404


def test_every_device_of_the_site_is_listed_heard_of_or_not(each_world: World) -> None:
    each_world.record(DeviceFailed(at=NOW, device="door-1", reason="no answer"))
    told = {one["id"]: one for one in each_world.get("/v1/devices").json()["devices"]}
    assert {name: one["kind"] for name, one in told.items()} == {
        "door-1": "reader",
        "desk-1": "reader",
        "rack-a": "rack",
        "th-1": "sensor",
    }
    assert (told["door-1"]["state"], told["door-1"]["detail"]) == ("lost", "no answer")
    assert told["th-1"]["state"] == "unknown"


# --- climate ---------------------------------------------------------------------------------


def test_the_newest_reading_is_told_and_grows_stale(each_world: World) -> None:
    def sensor() -> dict[str, object]:
        (told,) = each_world.get("/v1/climate").json()["sensors"]
        return dict(told)

    assert (sensor()["reading"], sensor()["stale"]) == (None, True)
    each_world.measure(reading(NOW - MINUTE, 18.0), reading(NOW, 0.0, None, "uncertain"))
    told = sensor()["reading"]
    assert isinstance(told, dict)
    assert (told["temperature_c"], told["relative_humidity_percent"]) == (0.0, None)
    assert sensor()["stale"] is False
    each_world.clock.forward(3 * MINUTE + timedelta(seconds=1))
    assert sensor()["stale"] is True


def test_a_series_gives_low_mean_and_high_and_leaves_gaps_open(each_world: World) -> None:
    each_world.measure(
        reading(NOW - 60 * MINUTE, 10.0, 40.0),
        reading(NOW - 59 * MINUTE, 14.0, None),
        reading(NOW - 58 * MINUTE, 99.0, 99.0, "bad"),
        reading(NOW - 5 * MINUTE, 20.0),
    )
    hour_ago = (NOW - 60 * MINUTE).isoformat()
    told = each_world.get("/v1/climate/th-1", params={"since": hour_ago, "points": 6}).json()
    first, last = told["points"]
    assert first["at"] == "2026-11-20T07:00:00Z"
    assert first["temperature_c"] == {"lowest": 10.0, "mean": 12.0, "highest": 14.0}
    assert first["relative_humidity_percent"] == {"lowest": 40.0, "mean": 40.0, "highest": 40.0}
    assert first["readings"] == 2
    assert last["at"] == "2026-11-20T07:50:00Z"


@pytest.mark.parametrize(
    ("span", "status"),
    [
        ({"since": "2026-11-21T00:00:00Z"}, 422),
        ({"since": "2026-01-01T00:00:00Z"}, 422),
        ({"since": "2026-11-20T00:00:00"}, 422),
        ({"points": "0"}, 422),
        ({"since": "2026-09-01T00:00:00Z"}, 200),
    ],
)
def test_a_span_is_forward_and_a_quarter_of_a_year_at_most(
    world: World, span: dict[str, str], status: int
) -> None:
    assert world.get("/v1/climate/th-1", params=span).status_code == status
    assert world.get("/v1/climate/th-2").status_code == 404


# --- health ----------------------------------------------------------------------------------


def test_health_is_good_only_while_the_controller_lives(each_world: World) -> None:
    assert each_world.get("/health", None).json()["status"] == "controller_down"
    each_world.beat()
    each_world.clock.forward(timedelta(seconds=15))
    well = each_world.get("/health", None)
    assert (well.status_code, well.json()["controller_age_s"]) == (200, 15.0)
    each_world.clock.forward(timedelta(seconds=1))
    assert each_world.get("/health", None).status_code == 503


def test_metrics_tell_what_the_controller_counted_and_what_was_served(world: World) -> None:
    world.beat(**{"door-1": {"bad frames": 3}, "controller": {"batches": 12}})
    world.record(alarm())
    world.get("/v1/nothing")
    lines = world.get("/metrics").text.splitlines()
    assert 'smart_repository_alarms{state="unacknowledged"} 1' in lines
    writer = 'writer="site-1/controller"'
    assert f'smart_repository_bad_frames_total{{{writer},device="door-1"}} 3' in lines
    assert f'smart_repository_batches_total{{{writer},device="controller"}} 12' in lines
    assert 'smart_repository_api_requests_total{status="404"} 1' in lines
    named = [line.split("{")[0] for line in lines if not line.startswith("#")]
    typed = [line.split()[2] for line in lines if line.startswith("#")]
    assert set(named) <= set(typed)
    assert len(typed) == len(set(typed))


# --- errors of the frame itself --------------------------------------------------------------


def test_what_is_not_there_and_what_is_not_done_are_problems_too(world: World) -> None:
    missing = world.get("/v1/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    wrong = world.send("PUT", "/v1/whereabouts")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "GET, POST"
    for answer in (missing, wrong):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


def test_a_body_that_is_not_utf8_is_a_problem(world: World) -> None:
    sent = {"Content-Type": "application/json"}
    answer = world.send("POST", "/v1/loans", content=b'{"borrower": "\xff"}', headers=sent)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_database_that_is_gone_is_said_so(world: World) -> None:
    world.shelve("file", "F-1")
    file = world.engine.url.database
    assert file is not None
    with world.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE heartbeat")
    world.context.held.close()
    answer = world.get("/v1/whereabouts?code=F-1")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert "heartbeat" not in answer.text
