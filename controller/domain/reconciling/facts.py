"""What each of the three parties says of one holding, as plain values.

``None`` and empty are *not known*, and what is not known never disagrees with anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from controller.domain.model import AuthorityKind, LoanState

Digests = Mapping[str, str]
"""Key fields by name, as keyed digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place as far as it is known, from the outside in."""

    room: str = ""
    rack: str = ""
    bay: str = ""
    level: str = ""

    @property
    def code(self) -> str:
        """``room:rack/bay/level``."""
        inner = "/".join(step for step in (self.rack, self.bay, self.level) if step)
        return f"{self.room}:{inner}" if inner else self.room

    def contradicts(self, other: "Spot", *, to_level: bool = False) -> bool:
        """Whether both know some step of the way and name another one.

        Handhelds and loud tags are right to the bay, not to the level.
        """
        steps = [(self.room, other.room), (self.rack, other.rack), (self.bay, other.bay)]
        if to_level:
            steps.append((self.level, other.level))
        return any(mine and yours and mine != yours for mine, yours in steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """The paper and its electronic copy, as the catalogue tells of them."""

    has_paper: bool
    has_electronic: bool
    paper_version: str = ""
    electronic_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueSays:
    """One record of one source."""

    source: str
    external_id: str
    reference_code: str
    fonds: str = ""
    home: str = ""
    """As it writes it."""
    spot: Spot | None = None
    """What that means here; ``None``: nothing that there is."""
    parent_id: str | None = None
    withdrawn_at: datetime | None = None
    """The source has deleted it since then."""
    on_loan: bool | None = None
    retention: str = ""
    pages: int | None = None
    key_digests: Digests = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    """Fields that cannot be right, and why: check digit, date, grammar."""
    pairing: Paired | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanSays:
    """The newest loan of the holding, or of what it lies in."""

    id: str
    state: LoanState
    due: datetime
    left_at: datetime | None = None
    """Seen leaving, or handed over at the desk."""
    returned_at: datetime | None = None
    still_out: int | None = None
    issued_pieces: int | None = None
    returned_pieces: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An open line that moves the holding about."""

    id: str
    kind: str


class EndKind(StrEnum):
    """How a holding ceased to be ours."""

    DESTROYED = "destroyed"
    TRANSFERRED = "transferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """It is not ours any more."""

    at: datetime
    kind: EndKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySays:
    """What the controller itself believes."""

    tags: tuple[str, ...] = ()
    """EPCs that stand for it now."""
    tag_wanted_from: datetime | None = None
    """From when on every holding of its fonds shall bear a tag; ``None``: registration goes on."""
    spot: Spot | None = None
    """Where a completed order has put it, when that is newer than the catalogue."""
    loan: LoanSays | None = None
    orders: tuple[Order, ...] = ()
    ended: Ended | None = None
    retention: str = ""
    expires_on: date | None = None
    pages: int | None = None
    key_digests: Digests = field(default_factory=dict)
    """As that other record has them."""
    successor_id: str = ""
    """The other record that means the same thing, and by which matching rule: what a withdrawn
    one is now, or what another source says of it."""
    successor_rule: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The newest that was heard of it beside doors."""

    spot: Spot
    by: str
    since: datetime
    at: datetime
    fixed: bool
    """By an antenna on the shelf, which is right to the level."""
    left: bool
    """That antenna hears it no longer."""
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Its newest decided passage through a door."""

    room: str
    """Where it is since; ``outside``."""
    at: datetime
    event_id: str
    authority: AuthorityKind | None = None
    """The line it left with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationSays:
    """What devices and people saw."""

    heard: Heard | None = None
    passed: Passed | None = None
    rivals: tuple[Heard, ...] = ()
    """Other places it was heard at within the window of conflict."""
    silent_sweeps: int = 0
    """Sweeps over its place since it was last heard, in which it was not."""
    read_probability: float | None = None
    """That one sweep hears it if it is there; ``None``: not known of this tag."""
    deaf: tuple[str, ...] = ()
    """Readers that cover its place and do not answer."""
    held_in_hand_at: datetime | None = None
    """A person had it in hand and scanned its barcode."""
    parent_id: str | None = None
    """What it was found to lie in."""
    pieces: int | None = None
    """What a person counted in it."""
    neighbours: tuple[str, str] | None = None
    """Sort keys of what stands left and right of it, where the order of tags is known."""
    sort_key: str = ""
    unfit: str = ""
    """Why its shelf is not for it: over capacity, another fonds, another climate."""

    @property
    def last_seen(self) -> datetime | None:
        """When anybody or anything last saw it."""
        times = [
            *([self.heard.at] if self.heard else []),
            *([self.passed.at] if self.passed else []),
            *([self.held_in_hand_at] if self.held_in_hand_at else []),
        ]
        return max(times, default=None)

    @property
    def witness(self) -> str:
        """The id of the newest event that says where it is."""
        seen = [each for each in (self.heard, self.passed) if each is not None]
        return max(seen, key=lambda each: each.at).event_id if seen else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The three parties about one holding at one moment."""

    holding_id: str
    at: datetime
    catalogue: CatalogueSays | None
    registry: RegistrySays
    observation: ObservationSays
