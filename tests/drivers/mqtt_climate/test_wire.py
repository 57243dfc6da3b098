"""Messages of four makes, as their documents show them, and anything else."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Garbled
from drivers.mqtt_climate.wire import Make, Said, dialect

ZIGBEE = b'{"temperature":21.4,"humidity":48.2,"battery":97,"linkquality":120,"last_seen":"2026"}'
TASMOTA = (
    b'{"Time":"2018-03-02T18:25:03","AM2301":{"Temperature":22.6,"Humidity":32.4},"TempUnit":"C"}'
)
SHELLY = (
    b'{"src":"shellyhtg3","method":"NotifyFullStatus","params":{"ts":1680962879.62,'
    b'"temperature:0":{"id":0,"tC":19.8,"tF":67.6},"humidity:0":{"id":0,"rh":42.2},'
    b'"devicepower:0":{"id":0,"battery":{"V":5.7,"percent":90}}}}'
)


def said(make: Make, payload: bytes, ending: str, part: str = "") -> Said:
    readers = dialect(make, "base", part).readers
    return readers[f"base/{ending}" if ending else "base"](payload)


def test_the_documented_messages_are_understood() -> None:
    assert said(Make.ZIGBEE2MQTT, ZIGBEE, "") == Said(
        temperature_c=21.4, relative_humidity_percent=48.2, battery_percent=97
    )
    assert said(Make.TASMOTA, TASMOTA, "SENSOR") == Said(
        temperature_c=22.6, relative_humidity_percent=32.4
    )
    assert said(Make.SHELLY, SHELLY, "events/rpc") == Said(
        temperature_c=19.8, relative_humidity_percent=42.2, battery_percent=90
    )
    assert said(Make.ESPHOME, b"21.40", "sensor/temperature/state") == Said(temperature_c=21.4)
    assert said(Make.ESPHOME, b"48", "sensor/rh/state", "t,rh") == Said(
        relative_humidity_percent=48
    )


@pytest.mark.parametrize(
    ("make", "ending", "on", "off"),
    [
        (Make.ZIGBEE2MQTT, "availability", b'{"state":"online"}', b"offline"),
        (Make.TASMOTA, "LWT", b"Online", b"Offline"),
        (Make.SHELLY, "online", b"true", b"false"),
        (Make.ESPHOME, "status", b"online", b"offline"),
    ],
)
def test_every_make_says_whether_it_is_there(
    make: Make, ending: str, on: bytes, off: bytes
) -> None:
    assert said(make, on, ending).online is True
    assert said(make, off, ending).online is False
    with pytest.raises(Garbled, match="neither online nor offline"):
        said(make, b"perhaps", ending)


def test_an_invalid_value_is_no_number() -> None:
    warmth = said(Make.ESPHOME, b"nan", "sensor/temperature/state").temperature_c
    assert warmth is not None
    assert math.isnan(warmth)
    damp = said(Make.ZIGBEE2MQTT, b'{"humidity":null}', "").relative_humidity_percent
    assert damp is not None
    assert math.isnan(damp)


def test_what_changed_alone_says_nothing_of_the_rest() -> None:
    status = b'{"method":"NotifyStatus","params":{"humidity:0":{"id":0,"rh":42.2}}}'
    assert said(Make.SHELLY, status, "events/rpc") == Said(relative_humidity_percent=42.2)
    assert said(Make.SHELLY, b'{"method":"NotifyEvent"}', "events/rpc") == Said()
    other = status.replace(b"humidity:0", b"humidity:1")
    assert said(Make.SHELLY, other, "events/rpc") == Said()
    assert said(Make.SHELLY, other, "events/rpc", "1") == Said(relative_humidity_percent=42.2)


def test_of_several_sensors_the_site_file_says_which() -> None:
    two = b'{"A":{"Temperature":20,"Humidity":40},"B":{"Temperature":30,"Humidity":50}}'
    with pytest.raises(Garbled, match="several sensors, A, B: the site file must say which"):
        said(Make.TASMOTA, two, "SENSOR")
    assert said(Make.TASMOTA, two, "SENSOR", "B").temperature_c == 30
    assert said(Make.TASMOTA, two, "SENSOR", "C") == Said()


@pytest.mark.parametrize(
    ("make", "topic", "part", "complaint"),
    [
        (Make.TASMOTA, "tele/+", "", "is not the topic of one sensor"),
        (Make.TASMOTA, "", "", "is not the topic of one sensor"),
        (Make.ZIGBEE2MQTT, "zigbee2mqtt/a", "x", "leave out which part"),
        (Make.SHELLY, "shelly", "first", "numbered from 0"),
        (Make.ESPHOME, "node", "temperature", "name two ESPHome sensors"),
    ],
)
def test_what_cannot_be_meant_is_refused(make: Make, topic: str, part: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        dialect(make, topic, part)


@given(st.sampled_from(list(Make)), st.one_of(st.binary(max_size=200), st.text(max_size=80)))
def test_any_bytes_are_understood_or_garbled(make: Make, payload: bytes | str) -> None:
    data = payload if isinstance(payload, bytes) else payload.encode("utf-8", "surrogatepass")
    for read in dialect(make, "base").readers.values():
        try:
            assert isinstance(read(data), Said)
        except Garbled:
            continue
