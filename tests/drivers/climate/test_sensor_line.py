"""Two sensors on one serial line, and everything that happens to such lines."""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TypeVar

import pytest

from controller.clock import system_clock
from drivers.climate.driver import SensorLine, SensorPoint
from drivers.modbus.buses import Buses
from drivers.observations import ClimateReading, DeviceBack, DeviceLost, Observation, Quality
from drivers.profiles import Profile, ProfileError, find_profile, load_profile
from simulators.climate_sensor import SimulatedSensor
from simulators.serial_line import SerialLine

T = TypeVar("T")
INTERVAL_S = 0.05


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """The shipped one, less patient."""
    text = find_profile("climate/xy-md02.toml").read_text(encoding="utf-8")
    path = tmp_path / "fast.toml"
    path.write_text(text.replace("response_timeout_ms = 250", "response_timeout_ms = 60"))
    return load_profile(path)


@dataclass(slots=True)
class Rig:
    """A line, its sensors by name, and what the driver says about them."""

    line: SerialLine
    sensors: dict[str, SimulatedSensor]
    driver: SensorLine
    inbox: "queue.SimpleQueue[Observation]" = field(default_factory=queue.SimpleQueue)
    seen: list[Observation] = field(default_factory=list)

    def next(self, kind: type[T], ok: Callable[[T], bool] = lambda _: True) -> T:
        """The next observation of that kind that is ``ok``."""
        end = monotonic() + 10.0
        while (left := end - monotonic()) > 0:
            try:
                observation = self.inbox.get(timeout=left)
            except queue.Empty:
                break
            self.seen.append(observation)
            if isinstance(observation, kind) and ok(observation):
                return observation
        pytest.fail(f"no {kind.__name__} came; last: {self.seen[-3:]}")

    def reading(
        self, sensor: str, ok: Callable[[ClimateReading], bool] = lambda _: True
    ) -> ClimateReading:
        """The next reading of a sensor that is ``ok``."""
        return self.next(ClimateReading, lambda r: r.sensor == sensor and ok(r))

    def comings_and_goings(self, sensor: str) -> list[str]:
        """How often it was said to be lost and back."""
        return [
            type(o).__name__
            for o in self.seen
            if isinstance(o, DeviceLost | DeviceBack) and o.device == sensor
        ]


@pytest.fixture
def rig(profile: Profile, tmp_path: Path) -> Iterator[Rig]:
    sensors = {
        "th-01": SimulatedSensor(profile, temperature_c=21.3, relative_humidity_percent=48.0),
        "th-02": SimulatedSensor(profile, temperature_c=-5.5, relative_humidity_percent=61.0),
    }
    units = dict(enumerate(sensors.values(), start=1))
    with SerialLine(units, link=tmp_path / "line", baud=115200) as line:
        points = [
            SensorPoint(name=name, unit=unit, profile=profile, interval_s=INTERVAL_S)
            for unit, name in enumerate(sensors, start=1)
        ]
        driver = SensorLine(
            name="line-1",
            bus=Buses().at(line.url, profile.link),
            sensors=points,
            clock=system_clock,
        )
        rig = Rig(line=line, sensors=sensors, driver=driver)
        stop = threading.Event()
        thread = threading.Thread(target=driver.run, args=(rig.inbox.put, stop))
        thread.start()
        try:
            yield rig
        finally:
            stop.set()
            thread.join(5)
            assert not thread.is_alive()


def test_each_sensor_is_back_once_and_then_reports(rig: Rig) -> None:
    first, second = rig.reading("th-01"), rig.reading("th-02")
    assert (first.temperature_c, first.relative_humidity_percent) == (21.3, 48.0)
    assert (second.temperature_c, second.relative_humidity_percent) == (-5.5, 61.0)
    assert {first.quality, second.quality} == {Quality.GOOD}
    assert rig.comings_and_goings("th-01") == rig.comings_and_goings("th-02") == ["DeviceBack"]


def test_a_change_of_the_air_is_reported(rig: Rig) -> None:
    rig.sensors["th-01"].air.drift_k_per_s = 0.5
    rig.sensors["th-01"].advance(2.0)
    rig.reading("th-01", lambda r: r.temperature_c == 22.3)


@pytest.mark.parametrize(
    ("temperature", "humidity", "fault"),
    [
        (0x8000, None, "invalid"),
        (None, 0xFFFF, "invalid"),
        (900, None, "out_of_range"),
        (None, 0, "rail"),
    ],
)
def test_what_the_sensor_cannot_give_is_bad_and_never_a_number(
    rig: Rig, temperature: int | None, humidity: int | None, fault: str
) -> None:
    rig.sensors["th-02"].break_down(temperature=temperature, humidity=humidity)
    bad = rig.reading("th-02", lambda r: r.quality is Quality.BAD)
    assert bad.fault == fault
    assert None in (bad.temperature_c, bad.relative_humidity_percent)
    rig.sensors["th-02"].break_down()
    assert rig.reading("th-02", lambda r: r.quality is Quality.GOOD).temperature_c == -5.5
    assert "DeviceLost" not in rig.comings_and_goings("th-02")


def test_a_sudden_jump_is_uncertain_once(rig: Rig) -> None:
    rig.reading("th-01")
    rig.sensors["th-01"].air.temperature_c = 35.0
    doubted = rig.reading("th-01", lambda r: r.temperature_c == 35.0)
    assert (doubted.quality, doubted.fault) == (Quality.UNCERTAIN, "jump")
    assert rig.reading("th-01").quality is Quality.GOOD


def test_a_dead_neighbour_is_lost_once_and_stalls_nobody(rig: Rig) -> None:
    rig.reading("th-02")
    rig.sensors["th-02"].silent = True
    assert "unit 2: no answer" in rig.next(DeviceLost).reason
    before = rig.line.faults.requests
    for _ in range(20):
        rig.reading("th-01")
    # of all requests meanwhile, nearly all were for the living one
    assert rig.line.faults.requests - before < 30
    rig.sensors["th-02"].silent = False
    rig.next(DeviceBack, lambda b: b.device == "th-02")
    assert rig.comings_and_goings("th-02") == ["DeviceBack", "DeviceLost", "DeviceBack"]
    assert rig.comings_and_goings("th-01") == ["DeviceBack"]


@pytest.mark.parametrize("fault", ["lose_request", "lose_reply", "garble_reply"])
def test_one_lost_frame_loses_no_reading(rig: Rig, fault: str) -> None:
    rig.reading("th-02")
    for nth in (1, 4):
        getattr(rig.line.faults, fault)(nth)
    for _ in range(4):
        rig.reading("th-01")
        rig.reading("th-02")
    assert "DeviceLost" not in rig.comings_and_goings("th-01") + rig.comings_and_goings("th-02")


def test_a_late_reply_of_one_sensor_is_never_the_reading_of_another(rig: Rig) -> None:
    rig.reading("th-02")
    for nth in (1, 2, 5, 6, 9):
        rig.line.faults.delay_reply(0.09, nth)
    for _ in range(8):
        assert rig.next(ClimateReading).temperature_c in (21.3, -5.5)
    readings = [o for o in rig.seen if isinstance(o, ClimateReading)]
    assert {(r.sensor, r.temperature_c) for r in readings} == {("th-01", 21.3), ("th-02", -5.5)}


def test_replies_byte_by_byte_are_readings_like_any_other(rig: Rig) -> None:
    rig.line.faults.byte_by_byte = True
    for _ in range(3):
        assert rig.reading("th-01").temperature_c == 21.3


def test_a_pulled_adapter_loses_all_sensors_and_its_return_brings_them_back(rig: Rig) -> None:
    rig.reading("th-02")
    rig.line.vanish()
    lost = {rig.next(DeviceLost).device, rig.next(DeviceLost).device}
    rig.line.come_back()
    back = {rig.next(DeviceBack).device, rig.next(DeviceBack).device}
    assert lost == back == {"th-01", "th-02"}
    assert rig.driver.counters()["reconnects"] == 2


def test_a_sensor_with_another_map_is_alive_but_unreadable(rig: Rig, profile: Profile) -> None:
    renke = load_profile(find_profile("climate/renke-rs-ws.toml"))
    units = {1: SimulatedSensor(renke)}
    point = SensorPoint(name="th-09", unit=1, profile=profile, interval_s=INTERVAL_S)
    with SerialLine(units, baud=115200) as line:
        driver = SensorLine(
            name="line-2",
            bus=Buses().at(line.url, profile.link),
            sensors=[point],
            clock=system_clock,
        )
        stop = threading.Event()
        thread = threading.Thread(target=driver.run, args=(rig.inbox.put, stop))
        thread.start()
        reading = rig.reading("th-09")
        stop.set()
        thread.join(5)
    assert reading.quality is Quality.BAD
    assert reading.fault == "declined: unit 1: exception 1, illegal function"
    assert (reading.temperature_c, reading.relative_humidity_percent) == (None, None)


def test_a_profile_without_temperature_is_refused() -> None:
    shelving = load_profile(find_profile("shelving/mobile-shelving.toml"))
    point = SensorPoint(name="th-01", unit=1, profile=shelving, interval_s=1.0)
    with pytest.raises(ProfileError, match="temperature and humidity"):
        SensorLine(
            name="l",
            bus=Buses().at("tcp://127.0.0.1", shelving.link),
            sensors=[point],
            clock=system_clock,
        )
