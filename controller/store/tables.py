"""Every table of the store at once: what migrations are compared with."""

from controller.store import presence_tables, recording_tables
from controller.store.schema import metadata

__all__ = ["metadata", "presence_tables", "recording_tables"]
