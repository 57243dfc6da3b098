"""How alarms behave at a site, as the site file says it. What it leaves out is as it should be."""

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from controller.domain.model import AlarmKind, Priority
from controller.domain.plans_alarms import (
    AREAS,
    AlarmPlan,
    Area,
    FloodRule,
    KindRule,
    Suppression,
)
from controller.domain.plans_climate import ClimateRules
from controller.site_parts import Id, Part

Minutes = Annotated[float, Field(gt=0, le=7 * 24 * 60)]
Share = Annotated[float, Field(gt=0)]


class KindSettings(Part):
    """How one kind of alarm behaves."""

    latched: bool = False
    """It stays after its condition has gone, until somebody resets it."""
    auto_acknowledge: bool = False
    """It is over when its condition has gone, seen or not."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.latched and self.auto_acknowledge:
            raise ValueError("an alarm that stays until it is reset cannot acknowledge itself")
        return self


class SuppressedByInput(Part):
    """While an input of a reader is active: a door's contact, a switch beside it."""

    device: Id
    input: Annotated[int, Field(ge=1, le=255)]
    settle_s: Annotated[float, Field(ge=0, le=7200)] = 0.0
    """And so long after."""


class SuppressionSettings(Part):
    """When the climate alarms of a room, or of some sensors, mean nothing."""

    id: Id
    rooms: tuple[Id, ...] = ()
    sensors: tuple[Id, ...] = ()
    emptied: bool = False
    """Nothing is kept there at present."""
    while_input: SuppressedByInput | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.rooms and not self.sensors:
            raise ValueError("name the rooms or the sensors whose alarms mean nothing then")
        if self.emptied == (self.while_input is not None):
            raise ValueError("say either emptied = true or while_input, and not both")
        return self


class AlarmSettings(Part):
    """The section ``[alarms]``."""

    escalation_minutes: Mapping[Priority, tuple[Minutes, ...]] = {}
    """Minutes without an acknowledgement until each level; the last is told again every day."""
    kinds: Mapping[AlarmKind, KindSettings] = {}
    suppressions: tuple[SuppressionSettings, ...] = ()
    flood_begins_at: Annotated[int, Field(ge=2, le=1000)] = 10
    """Alarms within ten minutes."""
    flood_ends_below: Annotated[int, Field(ge=1, le=1000)] = 5

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        for priority, levels in self.escalation_minutes.items():
            if list(levels) != sorted(set(levels)):
                raise ValueError(f"escalation_minutes.{priority} must rise from level to level")
        if self.flood_ends_below > self.flood_begins_at:
            raise ValueError("a flood must end with fewer alarms than it begins with")
        ids = [each.id for each in self.suppressions]
        if len(set(ids)) != len(ids):
            raise ValueError("two suppressions bear the same id")
        return self

    def plan(self, sensors: Mapping[str, Collection[str]]) -> AlarmPlan:
        """What the domain needs to know; ``sensors`` are those of each room."""
        usual = AlarmPlan().escalation
        own = {p: tuple(60.0 * m for m in levels) for p, levels in self.escalation_minutes.items()}
        return AlarmPlan(
            kinds={
                kind: KindRule(latched=each.latched, auto_acknowledges=each.auto_acknowledge)
                for kind, each in self.kinds.items()
            },
            escalation={**usual, **own},
            suppressions=tuple(_suppression(each, sensors) for each in self.suppressions),
            flood=FloodRule(begins_at=self.flood_begins_at, ends_below=self.flood_ends_below),
        )


class ClimateRuleSettings(Part):
    """The section ``[climate_rules]``: what is watched of every sensor beside its limits.

    A rule that is set to ``"off"`` is left out; without the section all of them are.
    """

    rate_k_per_h: Share | Literal["off"] = 2.0
    rate_percent_per_h: Share | Literal["off"] = 8.0
    daily_k: Share | Literal["off"] = 2.0
    daily_percent: Share | Literal["off"] = 5.0
    flat_humidity_h: Share | Literal["off"] = 12.0
    flat_both_h: Share = 6.0
    flat_temperature_h: Share = 72.0
    sibling_k: Share | Literal["off"] = 1.5
    sibling_percent: Share | Literal["off"] = 8.0
    sibling_h: Share = 6.0
    battery_percent: Share | Literal["off"] = 15.0
    margin_k: Share | Literal["off"] = 2.0
    calibration_days: Annotated[int, Field(ge=0)] | Literal["off"] = 30

    def rules(self) -> ClimateRules:
        """What the domain needs to know."""
        given: dict[str, Any] = {n: None if value == "off" else value for n, value in self}
        return ClimateRules(**given)


def check_alarms(
    settings: AlarmSettings, rooms: Iterable[str], sensors: Iterable[str], readers: Iterable[str]
) -> None:
    """See that suppressions name what there is.

    Raises:
        ValueError: what is not there, and where it is named.
    """
    known = {"room": set(rooms), "sensor": set(sensors), "reader": set(readers)}
    for each in settings.suppressions:
        inputs = () if each.while_input is None else (each.while_input.device,)
        for what, named in (("room", each.rooms), ("sensor", each.sensors), ("reader", inputs)):
            for name in named:
                if name not in known[what]:
                    raise ValueError(
                        f"alarms.suppressions {each.id!r} names {what} {name!r}, "
                        "which is not listed"
                    )


def _suppression(
    settings: SuppressionSettings, sensors: Mapping[str, Collection[str]]
) -> Suppression:
    by = settings.while_input
    sources = {*settings.sensors, *(s for room in settings.rooms for s in sensors.get(room, ()))}
    return Suppression(
        id=settings.id,
        kinds=frozenset(kind for kind, area in AREAS.items() if area is Area.CLIMATE),
        sources=frozenset(sources),
        input=None if by is None else (by.device, by.input),
        settle_s=0.0 if by is None else by.settle_s,
    )
