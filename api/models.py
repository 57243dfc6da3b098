"""Shapes of answers, for the OpenAPI document: single things are the store's own dataclasses."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

import msgspec
from pydantic import BaseModel, Field

from api.equipment import DeviceState, RackState, SensorClimate
from controller.domain.model import Holding
from controller.store.alarms.views import AlarmStep
from controller.store.feed import JournalEntry
from controller.store.lending.order_views import OrderView
from controller.store.passages.views import AskedPassage, Trolley
from controller.store.reports.kept import ReportView
from controller.store.views import AlarmView, LoanView
from controller.store.views_climate import Point
from controller.store.views_whereabouts import Whereabouts

_NEXT = Field(description="Where the list goes on; null at its end.")


class HoldingList(BaseModel):
    """Holdings that bear one name."""

    holdings: list[Holding]


class EventPage(BaseModel):
    """Some events, newest first."""

    events: list[JournalEntry]
    next: str | None = _NEXT


class LoanPage(BaseModel):
    """Some loans, newest first."""

    loans: list[LoanView]
    next: str | None = _NEXT


class OrderPage(BaseModel):
    """Some orders, newest first."""

    orders: list[OrderView]
    next: str | None = _NEXT


class AlarmPage(BaseModel):
    """Some alarms, the last changed first."""

    alarms: list[AlarmView]
    next: str | None = _NEXT


class AlarmJournal(BaseModel):
    """Some steps in the life of one alarm, newest first."""

    steps: list[AlarmStep]
    next: str | None = _NEXT


class PassagePage(BaseModel):
    """Some passages that are or were in doubt, and the trolleys that they came with."""

    passages: list[AskedPassage]
    trolleys: list[Trolley]
    open: int = Field(
        description="How many answers are waited for, at all doors; a trolley is one."
    )
    next: str | None = _NEXT


class WhereaboutsList(msgspec.Struct, frozen=True, kw_only=True):
    """Where several holdings are, and the codes nothing bears."""

    whereabouts: list[Whereabouts]
    unknown: list[str]


class ClimateNow(BaseModel):
    """Every sensor of the site."""

    sensors: list[SensorClimate]


class ClimateReports(BaseModel):
    """Reports that are kept, the newest first."""

    reports: list[ReportView]


class RackList(BaseModel):
    """Every bank of the site."""

    racks: list[RackState]


class DeviceList(BaseModel):
    """Every device of the site."""

    devices: list[DeviceState]


class Health(BaseModel):
    """``ok``, ``controller_down`` or ``failing``; the rest only while the database answers."""

    status: str
    database: str
    controller: str | None = None
    controller_age_s: float | None = None
    outbox: dict[str, int] = {}


class ClimateSeries(BaseModel):
    """One sensor over a span of time."""

    sensor: str
    since: datetime
    until: datetime
    points: list[Point]


class Filed(BaseModel):
    """A request that is not decided yet: ask again at ``location``."""

    request_id: str
    state: str
    location: str


class Done(BaseModel):
    """A request that was carried out or passed on."""

    request_id: str
    code: str
    detail: dict[str, str]


_REF = "#/components/schemas/{name}"


def structures() -> dict[str, Any]:
    """The schemas of the answers that are no pydantic models."""
    return msgspec.json.schema_components([WhereaboutsList], ref_template=_REF)[1]


def structure(kind: type[msgspec.Struct]) -> dict[int | str, dict[str, Any]]:
    """Status 200 with one of ``structures``, for a route's ``responses``."""
    schema = {"$ref": _REF.format(name=kind.__name__)}
    return {200: {"content": {"application/json": {"schema": schema}}}}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These other answers, for a route's ``responses``: errors are problems (RFC 9457)."""
    return {status: _answer(status) for status in statuses}


def _answer(status: int) -> dict[str, Any]:
    if status == 304:
        return {"description": HTTPStatus(status).phrase}
    if status == 202:
        return {"description": "Filed; not decided yet.", "model": Filed}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
