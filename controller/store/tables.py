"""Every table of the store at once: what migrations are compared with."""

from controller.store import (
    catalogue_tables,
    order_tables,
    presence_tables,
    reconciling_tables,
    recording_tables,
)
from controller.store.alarms import tables as alarm_tables
from controller.store.climate import tables as climate_tables
from controller.store.notifications import tables as notification_tables
from controller.store.reports import tables as report_tables
from controller.store.schema import metadata

__all__ = [
    "alarm_tables",
    "catalogue_tables",
    "climate_tables",
    "metadata",
    "notification_tables",
    "order_tables",
    "presence_tables",
    "reconciling_tables",
    "recording_tables",
    "report_tables",
]
