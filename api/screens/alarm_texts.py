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
"""What a sensor measures."""

UNITS: Final[Mapping[str, str]] = {"temperature_c": "°C", "relative_humidity_percent": "%"}

_OTHERS: Final[Mapping[str, tuple[str, str]]] = {
    "dew_point_margin_k": (mark("Surface above the dew point"), "K"),
    "battery_percent": (mark("Battery"), "%"),
}
"""What alarms tell of beside that, and its unit."""
_CHANGES: Final[Mapping[AlarmKind, str]] = {
    AlarmKind.CLIMATE_RATE: mark("%(quantity)s changed by %(value)s %(unit)s within an hour"),
    AlarmKind.CLIMATE_DAILY: mark(
        "%(quantity)s is %(value)s %(unit)s from the mean of the last 24 hours"
    ),
    AlarmKind.CLIMATE_DISAGREEMENT: mark(
        "%(quantity)s is %(value)s %(unit)s from what the others in the room say"
    ),
}
_OF_A_VALUE: Final = frozenset(
    {
        AlarmKind.CLIMATE_HIGH,
        AlarmKind.CLIMATE_LOW,
        AlarmKind.DEW_POINT_MARGIN,
        AlarmKind.SENSOR_BATTERY,
    }
)

RETURN_REASONS: Final = (
    mark("authorised"),
    mark("came back"),
    mark("left again"),
    mark("answered"),
    mark("seen again"),
    mark("answers again"),
    mark("measures again"),
    mark("no longer watched"),
    mark("the flood is over"),
    mark("another flood"),
    mark("calibrated"),
    mark("expired"),
)
"""Why the controller says an alarm is over; another reason is shown as it is."""


def sentence(t: Language, kind: AlarmKind, detail: Mapping[str, str]) -> str:
    """One sentence of facts about an alarm that concerns no holding."""
    if kind in _OF_A_VALUE:
        return _climate(t, detail)
    if kind in _CHANGES:
        return _change(t, kind, detail)
    if kind is AlarmKind.RACK_FAULT:
        return _rack(t, detail)
    told = _TOLD.get(kind)
    if told is None:
        return _words(detail) or t(TITLES[kind])
    return t(told, **{**_BLANKS, **detail, "words": _words(detail)})


_BLANKS: Final = dict.fromkeys(
    ("stale_after_s", "epc", "temperature_h", "humidity_h", "certificate", "due", "count"), "–"
)
_TOLD: Final[Mapping[AlarmKind, str]] = {
    AlarmKind.CLIMATE_STALE: mark("No good value for %(stale_after_s)s seconds."),
    AlarmKind.CLIMATE_FLATLINE: mark(
        "Temperature unchanged for %(temperature_h)s h, humidity for %(humidity_h)s h."
    ),
    AlarmKind.CALIBRATION_DUE: mark("Certificate %(certificate)s, due %(due)s."),
    AlarmKind.ALARM_FLOOD: mark(
        "%(count)s alarms within ten minutes: this notice speaks for all of them."
    ),
    AlarmKind.UNDECIDED_PASSAGE: mark("The reads do not say which way it went."),
    AlarmKind.CLONED_TAG: mark(
        "Tag %(epc)s is read at two doors at once: one of the two is a copy. Stop both."
    ),
    AlarmKind.CLOCK_STEPPED: mark("The clock of this machine moved by %(words)s."),
}


def _change(t: Language, kind: AlarmKind, detail: Mapping[str, str]) -> str:
    quantity = detail.get("quantity", "")
    return t(
        _CHANGES[kind],
        quantity=t(QUANTITIES.get(quantity, quantity)),
        value=detail.get("value", "–"),
        unit="K" if quantity == "temperature_c" else UNITS.get(quantity, ""),
    )


def reason_text(t: Language, reason: str) -> str:
    """A reason as people read it: the controller's own words translated, a person's as they are."""
    return t(reason) if reason in RETURN_REASONS else reason


def _climate(t: Language, detail: Mapping[str, str]) -> str:
    quantity = detail.get("quantity", "")
    name, unit = _OTHERS.get(
        quantity, (QUANTITIES.get(quantity, quantity), UNITS.get(quantity, ""))
    )
    return t(
        "%(quantity)s %(value)s %(unit)s, limit %(limit)s %(unit)s",
        quantity=t(name),
        value=detail.get("value", "–"),
        limit=detail.get("limit", "–"),
        unit=unit,
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


STEPS: Final[Mapping[str, str]] = {
    "AlarmRaised": mark("raised"),
    "AlarmAcknowledged": mark("acknowledged"),
    "AlarmReturnedToNormal": mark("over"),
    "AlarmPriorityRaised": mark("has become graver"),
    "AlarmUnacknowledged": mark("acknowledgement taken back"),
    "AlarmReset": mark("reset"),
    "AlarmEscalated": mark("escalated"),
    "AlarmShelved": mark("shelved"),
    "AlarmUnshelved": mark("unshelved"),
    "AlarmSuppressed": mark("suppressed by design"),
    "AlarmUnsuppressed": mark("no longer suppressed"),
    "AlarmTakenOutOfService": mark("taken out of service"),
    "AlarmReturnedToService": mark("back in service"),
    "AlarmConditionChanged": mark("the condition changed meanwhile"),
    "ExcursionFoundInBackfill": mark("found in backfill"),
}
"""What each step in the life of an alarm is called, by the class of its event."""
