"""What a catalogue says about one thing it keeps, before the registry has taken it over."""

from dataclasses import dataclass, field
from uuid import UUID, uuid5

from controller.domain.model import HoldingKind

_HOLDINGS = UUID("6f1d2b1e-6f0a-5c1f-9d5e-2a9e3c7b4d10")
"""The namespace of holding ids: the same record of the same source has the same id for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueRow:
    """One physical thing as one source describes it. Texts are as written, only trimmed."""

    line: int
    """Where it first stands in its file, from 1."""
    external_id: str
    """What the source knows it by: derived from content, the same in every export."""
    reference_code: str
    title: str
    kind: HoldingKind
    fonds: str
    home: str = ""
    """The place assigned, in the catalogue's own words; empty when it assigns none."""
    parent_external_id: str | None = None
    """The box or volume it lies in, by that one's ``external_id`` in the same source."""
    barcode: str | None = None
    """Without spaces: scanners leave them out, catalogues put them in."""
    retention: str = ""
    year: int | None = None
    pages: int | None = None
    archive_class: str = ""
    """门类 by its code."""
    key_fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Personal numbers in plain text, by field: for sealing at once, never to be written."""


def holding_id(source: str, external_id: str) -> str:
    """The id of a source's record in the registry: UUIDv5, never given to anything else."""
    return str(uuid5(_HOLDINGS, f"{source}\n{external_id}"))
