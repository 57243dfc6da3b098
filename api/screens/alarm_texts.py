"""What each alarm is called and says, from its kind and its facts, in the reader's language."""

from collections.abc import Mapping
from typing import Final

from api.screens.language import Language, mark
from api.screens.rack_texts import MODES
from controller.domain.model import AlarmKind, AlarmState, Priority
from drivers.observations import RackMode

TITLES: Final[Mapping[AlarmKind, str]] = {
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
    AlarmKind.CLIMATE_DAILY: mark("Swings too much in a day"),
    AlarmKind.CLIMATE_FLATLINE: mark("Does not change at all"),
    AlarmKind.CLIMATE_DISAGREEMENT: mark("Disagrees with its neighbour"),
    AlarmKind.DEW_POINT_MARGIN: mark("Close to condensation"),
    AlarmKind.SENSOR_BATTERY: mark("Battery low"),
    AlarmKind.CALIBRATION_DUE: mark("Calibration due"),
    AlarmKind.ALARM_FLOOD: mark("Many alarms at once"),
}

STATES: Final[Mapping[AlarmState, str]] = {
    AlarmState.UNACKNOWLEDGED: mark("Not acknowledged"),
    AlarmState.ACKNOWLEDGED: mark("Acknowledged, still so"),
    AlarmState.RETURNED_UNACKNOWLEDGED: mark("Over, not acknowledged"),
    AlarmState.NORMAL: mark("Closed"),
    AlarmState.SHELVED: mark("Shelved"),
    AlarmState.SUPPRESSED: mark("Suppressed by design"),
    AlarmState.OUT_OF_SERVICE: mark("Out of service"),
}

PRIORITIES: Final[Mapping[Priority, str]] = {
    Priority.CRITICAL: mark("critical"),
    Priority.HIGH: mark("high"),
    Priority.MEDIUM: mark("medium"),
    Priority.LOW: mark("low"),
}

QUANTITIES: Final[Mapping[str, str]] = {
    "temperature_c": mark("Temperature"),
    "relative_humidity_percent": mark("Relative humidity"),
}

UNITS: Final[Mapping[str, str]] = {"temperature_c": "°C", "relative_humidity_percent": "%"}

RETURN_REASONS: Final = (
    mark("authorised"),
    mark("came back"),
    mark("left again"),
    mark("answered"),
    mark("seen again"),
    mark("answers again"),
    mark("measures again"),
)
"""Why the controller says an alarm is over; another reason is shown as it is."""


def sentence(t: Language, kind: AlarmKind, detail: Mapping[str, str]) -> str:
    """One sentence of facts about an alarm that concerns no holding."""
    if kind in (AlarmKind.CLIMATE_HIGH, AlarmKind.CLIMATE_LOW):
        return _climate(t, detail)
    if kind is AlarmKind.CLIMATE_STALE:
        return t("No good value for %(seconds)s seconds.", seconds=detail.get("stale_after_s", "–"))
    if kind is AlarmKind.UNDECIDED_PASSAGE:
        return t("The reads do not say which way it went.")
    if kind is AlarmKind.CLONED_TAG:
        return t(
            "Tag %(epc)s is read at two doors at once: one of the two is a copy. Stop both.",
            epc=detail.get("epc", "–"),
        )
    if kind is AlarmKind.RACK_FAULT:
        return _rack(t, detail)
    if kind is AlarmKind.CLOCK_STEPPED:
        return t("The clock of this machine moved by %(step)s.", step=_words(detail))
    return _words(detail) or t(TITLES[kind])


def _climate(t: Language, detail: Mapping[str, str]) -> str:
    quantity = detail.get("quantity", "")
    return t(
        "%(quantity)s %(value)s %(unit)s, limit %(limit)s %(unit)s",
        quantity=t(QUANTITIES.get(quantity, quantity)),
        value=detail.get("value", "–"),
        limit=detail.get("limit", "–"),
        unit=UNITS.get(quantity, ""),
    )


def _rack(t: Language, detail: Mapping[str, str]) -> str:
    if detail.get("reason") == "stop_not_confirmed":
        return t("The shelving did not confirm that it stopped: please look.")
    mode = detail.get("mode", RackMode.UNKNOWN)
    said = t(MODES[RackMode(mode)]) if mode in MODES else mode
    code = detail.get("fault_code", "0")
    return said if code == "0" else t("%(state)s, fault code %(code)s", state=said, code=code)


def _words(detail: Mapping[str, str]) -> str:
    """The controller's own words, which are made for people already."""
    return detail.get("detail") or detail.get("reason") or ""
