"""A file leaves through the door: from the simulated reader to lamp, store, API and MQTT."""

import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from controller.clock import system_clock
from simulators.demo_site import HOLDINGS, write_catalogue, write_tags
from simulators.walks import Motion, Walk
from tests.end_to_end.running import DOOR, SITE_ID, Running, running_site
from tests.services import eventually, mosquitto

GREEN, RED, BUZZER = 1, 3, 4


class Subscriber:
    """Somebody outside who keeps every message of the site."""

    def __init__(self, port: int) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self._client = Client(
            CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5, client_id="outside"
        )
        self._client.on_message = self._keep
        self._client.on_connect = lambda client, *_: client.subscribe(f"repo/v1/{SITE_ID}/#", qos=1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _keep(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self.messages.append((message.topic, bytes(message.payload)))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def events(self) -> list[dict[str, Any]]:
        """The events so far, as CloudEvents, in the order they arrived."""
        heard = [m for m in list(self.messages) if "/events/" in m[0]]
        return [json.loads(payload) for _, payload in heard]


def fill(site: Running) -> None:
    """The demo's holdings and their tags."""
    where = ("--site", str(site.site))
    catalogue = str(write_catalogue(site.folder))
    site.command("controller", "import", catalogue, *where, "--source", "test")
    site.command("controller", "bind", str(write_tags(site.folder)), *where)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("site")
    with ExitStack() as stack:
        running = stack.enter_context(running_site(folder, start=()))
        stack.enter_context(mosquitto(folder / "broker", running.mqtt_port))
        running.start("controller")
        fill(running)
        running.start("api")
        eventually(lambda: running.devices.reader.reading, bool)
        yield running


@contextmanager
def listening(site: Running) -> Iterator[Subscriber]:
    subscriber = Subscriber(site.mqtt_port)
    try:
        yield subscriber
    finally:
        subscriber.close()


def carry(site: Running, number: int, motion: Motion) -> str:
    """Carry one of the demo's files through the door; returns its 档号."""
    site.devices.world.walk(DOOR, Walk([HOLDINGS[number].epc], motion))
    return HOLDINGS[number].reference_code


def lend(site: Running, reference_code: str) -> str:
    """Two people lend it; returns the loan's id."""
    holding = site.get(f"/v1/whereabouts?code={quoted(reference_code)}")["holding_id"]
    due = (system_clock().utc + timedelta(days=7)).isoformat()
    wish = {"holding_id": holding, "borrower": "王芳", "purpose": "核对", "due": due}
    status, loan = site.post("/v1/loans", wish, role="staff")
    assert status == 201, loan
    status, refusal = site.post(f"/v1/loans/{loan['id']}/approve", role="staff")
    assert status == 403, refusal
    status, approved = site.post(f"/v1/loans/{loan['id']}/approve", role="administrator")
    assert status == 200, approved
    return str(loan["id"])


def quoted(reference_code: str) -> str:
    return reference_code.replace("·", "%C2%B7")


def test_without_a_loan_it_turns_red_on_lamp_page_and_mqtt(site: Running) -> None:
    with listening(site) as outside:
        code = carry(site, 0, Motion.OUT)
        raised = eventually(
            lambda: [a for a in site.events("AlarmRaised") if a["subject"] == code], bool, 20
        )
        alarm = raised[0]
        assert alarm["kind"] == "unauthorised_exit"
        assert site.devices.reader.outputs[RED]
        assert site.devices.reader.outputs[BUZZER]
        listed = site.get("/v1/alarms?state=unacknowledged&kind=unauthorised_exit")["alarms"]
        assert [a["subject"] for a in listed] == [code]
        eventually(
            lambda: [e for e in outside.events() if e["type"].endswith("alarm-raised")],
            lambda told: any(e["data"]["subject"] == code for e in told),
        )
        status, _ = site.post(
            f"/v1/alarms/{alarm['alarm_id']}/acknowledge", {"note": "已联系"}, role="staff"
        )
        assert status == 200
        eventually(lambda: site.devices.reader.outputs[RED], lambda on: not on)
        place = site.get(f"/v1/whereabouts?code={quoted(code)}")
        assert place["state"] == "outside"


def test_with_a_loan_it_turns_green_and_nobody_is_alarmed(site: Running) -> None:
    code = HOLDINGS[1].reference_code
    loan = lend(site, code)
    carry(site, 1, Motion.OUT)
    eventually(lambda: site.devices.reader.outputs[GREEN], bool, 20)
    left = next(e for e in site.wait_for("ExitAuthorised") if e["reference_code"] == code)
    assert left["authority_id"] == loan
    assert not [a for a in site.events("AlarmRaised") if a["subject"] == code]
    eventually(lambda: site.devices.reader.outputs[GREEN], lambda on: not on)


def test_coming_back_proposes_the_return_and_closes_nothing(site: Running) -> None:
    code = HOLDINGS[2].reference_code
    loan = lend(site, code)
    carry(site, 2, Motion.OUT)
    eventually(
        lambda: site.events("ExitAuthorised"),
        lambda told: any(event["authority_id"] == loan for event in told),
        20,
    )
    carry(site, 2, Motion.IN)
    proposed = site.wait_for("ReturnProposed")
    assert proposed[-1]["loan_id"] == loan
    assert site.get(f"/v1/loans/{loan}")["state"] == "approved"
    status, _ = site.post(f"/v1/loans/{loan}/return", role="staff")
    assert status == 200
    assert site.get(f"/v1/loans/{loan}")["state"] == "returned"


def test_where_it_is_can_be_asked_as_of_a_moment_before_it_left(site: Running) -> None:
    before = system_clock().utc
    code = carry(site, 3, Motion.OUT)
    eventually(lambda: site.get(f"/v1/whereabouts?code={quoted(code)}")["state"],
               lambda state: state == "outside", 20)  # fmt: skip
    holding = site.get(f"/v1/whereabouts?code={quoted(code)}")["holding_id"]
    moment = before.isoformat().replace("+00:00", "Z")
    then = site.get(f"/v1/holdings/{holding}/whereabouts?as_of={moment}")
    assert then["state"] == "never_seen"
    assert datetime.fromisoformat(then["as_of"]) == before


def test_an_aisle_is_refused_while_somebody_stands_in_another(site: Running) -> None:
    site.devices.rack.enter(3)
    eventually(lambda: site.get("/v1/racks/rack-a")["occupied"], lambda o: o == "3:occupied")
    status, problem = site.post("/v1/racks/rack-a/aisles/5/open", role="staff")
    assert (status, problem["code"]) == (409, "aisle_occupied")
    assert site.devices.rack.motions == []
    site.devices.rack.leave(3)
    eventually(lambda: site.get("/v1/racks/rack-a")["occupied"], lambda o: o == "")
    status, _ = site.post("/v1/racks/rack-a/aisles/5/open", role="staff")
    assert status == 200
    eventually(lambda: site.get("/v1/racks/rack-a")["open_aisle"], lambda open_: open_ == 5, 20)
    assert site.devices.rack.motions == [5]


def test_a_reader_that_is_unplugged_is_lost_once_and_back_once_and_reads_again(
    site: Running,
) -> None:
    lost, back = len(site.events("DeviceFailed")), len(site.events("DeviceRecovered"))
    site.devices.reader.vanish()
    site.wait_for("DeviceFailed", lost + 1)
    threading.Event().wait(1.5)  # several attempts to reconnect
    assert len(site.events("DeviceFailed")) == lost + 1
    site.devices.reader.come_back()
    site.wait_for("DeviceRecovered", back + 1)
    code = carry(site, 4, Motion.OUT)
    eventually(lambda: [a for a in site.events("AlarmRaised") if a["subject"] == code], bool, 20)
    assert len(site.events("DeviceRecovered")) == back + 1


def test_what_each_device_counted_can_be_scraped_with_a_key_and_only_so(site: Running) -> None:
    eventually(lambda: counted(site, DOOR, "reads"), bool, 20)
    bad, reconnects = (counted(site, DOOR, name) for name in ("bad_frames", "reconnects"))
    site.devices.reader.garble()
    site.devices.reader.garble()
    eventually(lambda: counted(site, DOOR, "bad_frames"), lambda now: now == bad + 2, 20)
    back = len(site.events("DeviceRecovered"))
    site.devices.reader.drop()
    site.wait_for("DeviceRecovered", back + 1)
    eventually(lambda: counted(site, DOOR, "reconnects"), lambda now: now == reconnects + 1, 20)
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{site.base}/metrics")


def counted(site: Running, device: str, counter: str) -> int:
    """One counter of one device, as Prometheus reads it."""
    authorized = {"Authorization": f"Bearer {site.key('reader')}"}
    request = urllib.request.Request(f"{site.base}/metrics", headers=authorized)
    with urllib.request.urlopen(request) as answer:
        lines = answer.read().decode().splitlines()
    metric, label = f"smart_repository_{counter}_total{{", f'device="{device}"'
    return int(next(x for x in lines if x.startswith(metric) and label in x).split()[-1])


def test_a_second_controller_on_the_same_store_refuses_to_start(site: Running) -> None:
    command = [sys.executable, "-m", "controller", "run", str(site.site)]
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert "two must never decide" in second.stderr


def test_the_tables_equal_what_the_journal_says_and_the_audit_chain_holds(site: Running) -> None:
    assert site.differences() == []
    assert site.command("controller", "audit", str(site.site))["intact"]


def test_the_api_answers_while_the_controller_is_away_and_says_as_of_when(
    site: Running,
) -> None:
    assert site.stop("controller") == 0
    place = site.get(f"/v1/whereabouts?code={quoted(HOLDINGS[0].reference_code)}")
    assert place["state"] == "outside"
    first = place["as_of"]
    threading.Event().wait(1.0)
    assert site.get(f"/v1/whereabouts?code={quoted(HOLDINGS[0].reference_code)}")["as_of"] == first
    status, filed = site.post("/v1/racks/rack-a/aisles/2/open", role="staff")
    assert status == 202, filed
    moved = list(site.devices.rack.motions)
    threading.Event().wait(5.0)  # its use-by time
    site.start("controller")
    ended = eventually(lambda: site.get(f"/v1/requests/{filed['request_id']}")["state"],
                       lambda state: state != "filed")  # fmt: skip
    assert ended == "expired"
    assert site.devices.rack.motions == moved
