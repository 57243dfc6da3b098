"""Every table of the store at once: what migrations are compared with."""

from controller.store import recording_tables
from controller.store.schema import metadata

__all__ = ["metadata", "recording_tables"]
