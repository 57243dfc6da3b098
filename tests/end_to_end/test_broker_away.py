"""The broker is away for the whole run, then comes: every event arrives once, in order."""

from pathlib import Path

from simulators.demo_site import HOLDINGS
from simulators.walks import Motion, Walk
from tests.end_to_end.running import DOOR, running_site
from tests.end_to_end.test_a_file_leaves import Subscriber, fill
from tests.services import eventually, mosquitto


def test_every_event_arrives_once_and_in_order_when_the_broker_comes_at_last(
    tmp_path: Path,
) -> None:
    with running_site(tmp_path) as site:
        fill(site)
        eventually(lambda: site.devices.reader.reading, bool)
        for number in range(3):
            site.devices.world.walk(DOOR, Walk([HOLDINGS[number].epc], Motion.OUT))
        site.wait_for("AlarmRaised", 3)
        with mosquitto(tmp_path / "broker", site.mqtt_port):
            outside = Subscriber(site.mqtt_port)
            engine = site.engine()
            with engine.connect() as connection:
                written = connection.exec_driver_sql("SELECT id FROM journal ORDER BY seq")
                expected = [row.id for row in written]
            engine.dispose()
            eventually(lambda: len(outside.events()), lambda n: n >= len(expected), 20)
            told = [event["id"] for event in outside.events()]
            outside.close()
    assert told[: len(expected)] == expected
    assert len(set(told)) == len(told)
