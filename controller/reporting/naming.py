"""What alarms, priorities and quantities are called in reports and notifications."""

from collections.abc import Mapping
from typing import Final

from controller.domain.model import AlarmKind, Priority
from controller.language import mark

QUANTITIES: Final[Mapping[str, str]] = {
    "temperature_c": mark("Temperature"),
    "relative_humidity_percent": mark("Relative humidity"),
}
UNITS: Final[Mapping[str, str]] = {"temperature_c": "°C", "relative_humidity_percent": "%"}
SIDES: Final[Mapping[str, str]] = {"high": mark("too high"), "low": mark("too low")}

PRIORITIES: Final[Mapping[str, str]] = {
    Priority.CRITICAL: mark("critical"),
    Priority.HIGH: mark("high"),
    Priority.MEDIUM: mark("medium"),
    Priority.LOW: mark("low"),
}

KINDS: Final[Mapping[str, str]] = {
    AlarmKind.UNAUTHORISED_EXIT: mark("Left without authority"),
    AlarmKind.UNDECIDED_PASSAGE: mark("In or out? Please look"),
    AlarmKind.CLONED_TAG: mark("One tag at two doors at once"),
    AlarmKind.CLIMATE_HIGH: mark("Above the limit"),
    AlarmKind.CLIMATE_LOW: mark("Below the limit"),
    AlarmKind.CLIMATE_STALE: mark("No fresh value"),
    AlarmKind.DEVICE_LOST: mark("Device does not answer"),
    AlarmKind.RACK_FAULT: mark("Shelving reports a fault"),
    AlarmKind.STORE_FULL: mark("Disk full"),
    AlarmKind.CLOCK_STEPPED: mark("The clock was moved"),
    AlarmKind.CLIMATE_RATE: mark("Changes too fast"),
    AlarmKind.CLIMATE_DAILY: mark("Daily change too large"),
    AlarmKind.CLIMATE_FLATLINE: mark("Value stands still"),
    AlarmKind.CLIMATE_DISAGREEMENT: mark("Sensors disagree"),
    AlarmKind.DEW_POINT_MARGIN: mark("Close to the dew point"),
    AlarmKind.SENSOR_BATTERY: mark("Battery low"),
    AlarmKind.CALIBRATION_DUE: mark("Calibration due"),
    AlarmKind.ALARM_FLOOD: mark("Flood of alarms"),
}
"""One for every kind, which a test proves."""
