"""What a sensor's numbers are worth: every known way to be broken, and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.climate.quality import Before, judge
from drivers.observations import Quality
from drivers.profiles import find_profile, load_profile
from drivers.registers import Measured, decode

XY_MD02 = load_profile(find_profile("climate/xy-md02.toml"))
RENKE = load_profile(find_profile("climate/renke-rs-ws.toml"))


def measured(value: float) -> Measured:
    return Measured(value, "")


def words(temperature: int, humidity: int) -> tuple[Measured, Measured]:
    """Two raw words, as the XY-MD02 profile reads them."""
    points = XY_MD02.points
    return decode(points["temperature"], [temperature]), decode(points["humidity"], [humidity])


def test_the_frame_of_the_xy_md02_manual_is_good() -> None:
    judged = judge(*words(0x0131, 0x0222), None)
    assert (judged.temperature_c, judged.relative_humidity_percent) == (30.5, 54.6)
    assert (judged.quality, judged.fault) == (Quality.GOOD, "")


def test_the_frame_of_the_renke_manual_has_humidity_first() -> None:
    registers = (0x0292, 0xFF9B)
    points = RENKE.points
    read = {name: decode(p, registers[p.address : p.end]) for name, p in points.items()}
    judged = judge(read["temperature"], read["humidity"], None)
    assert (judged.temperature_c, judged.relative_humidity_percent) == (-10.1, 65.8)


@pytest.mark.parametrize(
    ("temperature", "humidity", "fault"),
    [
        (0x8000, 500, "invalid"),
        (0x7FFF, 500, "invalid"),
        (0xFFFF, 500, "invalid"),
        (215, 0xFFFF, "invalid"),
        (0xFFFF, 0xFFFF, "invalid"),
        (2150, 500, "out_of_range"),
        (215, 5000, "out_of_range"),
        (0x10000 - 450, 500, "out_of_range"),
        (0x10000 - 400, 500, "rail"),
        (1300, 1000, "out_of_range"),
        (215, 0, "rail"),
        (0, 0, "both_zero"),
    ],
)
def test_a_broken_sensor_gives_no_number(temperature: int, humidity: int, fault: str) -> None:
    judged = judge(*words(temperature, humidity), None)
    assert (judged.quality, judged.fault) == (Quality.BAD, fault)
    assert judged.temperature_c is None or judged.relative_humidity_percent is None


def test_zero_degrees_is_a_reading() -> None:
    judged = judge(*words(0, 500), None)
    assert (judged.temperature_c, judged.quality) == (0.0, Quality.GOOD)


def test_a_little_above_saturation_is_clipped_and_doubted() -> None:
    judged = judge(*words(215, 1015), None)
    assert judged.relative_humidity_percent == 100.0
    assert (judged.quality, judged.fault) == (Quality.UNCERTAIN, "above_saturation")


@given(
    before=st.floats(-30, 60),
    step=st.floats(-20, 20),
    age_s=st.floats(0.1, 3600),
)
def test_a_jump_is_doubted_exactly_if_no_room_could_do_it(
    before: float, step: float, age_s: float
) -> None:
    now = before + step
    judged = judge(measured(now), measured(50.0), Before(temperature_c=before, age_s=age_s))
    if now in (-40.0, 130.0):
        return
    allowed_k = 5.0 if age_s <= 60 else 5.0 * age_s / 60
    assert (judged.fault == "jump") is (abs(now - before) > allowed_k)
    assert judged.temperature_c == now


@given(temperature=st.integers(0, 0xFFFF), humidity=st.integers(0, 0xFFFF))
def test_whatever_the_registers_hold_a_good_reading_is_within_the_sensors_range(
    temperature: int, humidity: int
) -> None:
    judged = judge(*words(temperature, humidity), None)
    if judged.quality is Quality.GOOD:
        assert judged.temperature_c is not None
        assert judged.relative_humidity_percent is not None
        assert -40 < judged.temperature_c <= 80
        assert 0 < judged.relative_humidity_percent <= 100
    else:
        assert judged.fault
