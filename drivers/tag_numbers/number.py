"""What a tag's number turned out to be. It never says which record the tag belongs to."""

from dataclasses import dataclass
from enum import StrEnum


class BadNumber(ValueError):
    """These bits, or this text, are no number of that scheme; the text says why."""


class Scheme(StrEnum):
    """How a number is coded; the values are what a site file lists."""

    GDTI_96 = "gdti-96"
    GDTI_174 = "gdti-174"
    GIAI_96 = "giai-96"
    GIAI_202 = "giai-202"
    GRAI_96 = "grai-96"
    SGTIN_96 = "sgtin-96"
    ISO_28560_4 = "iso-28560-4"
    UNKNOWN = "unknown"
    """Private, damaged, or of a scheme that is not decoded or not used here."""


class AfiState(StrEnum):
    """What the application family identifier says about a library item (ISO 28560-4)."""

    IN_STOCK = "in_stock"
    ON_LOAN = "on_loan"
    OTHER = "other"
    """An AFI of something else than library items."""
    NONE = "none"
    """The tag carries an EPC, which has no AFI."""
    UNKNOWN = "unknown"
    """The reader did not deliver the PC word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagNumber:
    """One EPC or UII, read as far as it can be believed."""

    epc: str
    """Upper-case hexadecimal, as it was read."""
    scheme: Scheme
    urn: str | None
    """The pure identity URI (GS1 EPC Tag Data Standard, section 6); ``None`` outside GS1."""
    element_string: str | None
    """What a GS1 barcode of the same number says, e.g. ``(253)06141410601221234``."""
    afi_state: AfiState
    afi: int | None
    proposes: str | None
    """A reference code worth looking up; only the catalogue's binding says whose tag it is."""
    reason: str
    """Why the scheme is unknown; empty when it is known."""
