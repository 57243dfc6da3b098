"""What each alarm is called and says, from its kind and its facts, in the reader's language."""

from collections.abc import Mapping
from typing import Final

from api.screens.language import Language, mark
from controller.domain.model import AlarmKind, AlarmState, Priority

TITLES: Final[Mapping[AlarmKind, str]] = {
    AlarmKind.UNAUTHORISED_EXIT: mark("Left without authority"),
    AlarmKind.UNDECIDED_PASSAGE: mark("In or out? Please look"),
    AlarmKind.CLIMATE_HIGH: mark("Above the limit"),
    AlarmKind.CLIMATE_LOW: mark("Below the limit"),
    AlarmKind.CLIMATE_STALE: mark("No fresh value"),
    AlarmKind.DEVICE_LOST: mark("Device does not answer"),
    AlarmKind.RACK_FAULT: mark("Shelving reports a fault"),
    AlarmKind.STORE_FULL: mark("Disk full"),
    AlarmKind.CLOCK_STEPPED: mark("The clock was moved"),
}

STATES: Final[Mapping[AlarmState, str]] = {
    AlarmState.UNACKNOWLEDGED: mark("Not acknowledged"),
    AlarmState.ACKNOWLEDGED: mark("Acknowledged, still so"),
    AlarmState.RETURNED_UNACKNOWLEDGED: mark("Over, not acknowledged"),
    AlarmState.NORMAL: mark("Closed"),
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
)
"""Why the controller says an alarm is over; another reason is shown as it is."""


def sentence(t: Language, kind: AlarmKind, detail: Mapping[str, str]) -> str:
    """One sentence of facts about an alarm that concerns no holding."""
    quantity = detail.get("quantity", "")
    if kind in (AlarmKind.CLIMATE_HIGH, AlarmKind.CLIMATE_LOW):
        return t(
            "%(quantity)s %(value)s %(unit)s, limit %(limit)s %(unit)s",
            quantity=t(QUANTITIES.get(quantity, quantity)),
            value=detail.get("value", "–"),
            limit=detail.get("limit", "–"),
            unit=UNITS.get(quantity, ""),
        )
    if kind is AlarmKind.UNDECIDED_PASSAGE:
        return t("The reads do not say which way it went.")
    if kind is AlarmKind.CLOCK_STEPPED:
        return t("The clock of this machine moved by %(step)s.", step=_words(detail))
    return _words(detail) or t(TITLES[kind])


def _words(detail: Mapping[str, str]) -> str:
    """The controller's own words, which are made for people already."""
    for key in ("detail", "reason", "text", "fault"):
        if detail.get(key):
            return detail[key]
    return ", ".join(f"{name} {value}" for name, value in detail.items())
