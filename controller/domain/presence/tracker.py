"""Which tag is near which antenna, from reads and silence alone: arrivals and departures.

A tag is at one place at a time. A shelf's antenna, which is near, keeps a tag from every zone
that also hears it; between antennas of one kind the louder one wins (``Mobility``). Cost follows
the reads and the tags in the field; a tag that is gone costs nothing.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from controller.domain.plans_presence import ListenerKind, ListenerPlan, PresenceRule
from controller.domain.presence.smoothing import Heard
from drivers.observations import TagReport

ARRIVES_AT = 2
"""Reads: one alone may be a tag that was carried by."""
NO_LEVEL_DBM = -60.0
"""Stands for the level of a reader that does not say; only differences matter."""
LOOK_EVERY_S = 5.0
"""At least: patience with a tag shrinks while it is found to be heard well."""
PASSED_S = 10.0
"""Reads of a tag that just went through a door are left over from there for so long."""

_RANK = {ListenerKind.ZONE: 1, ListenerKind.SHELF: 2}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spot:
    """What one or several ports of one reader cover; there is one value for each."""

    plan: ListenerPlan
    name: str

    @property
    def rank(self) -> int:
        """The higher one knows better."""
        return _RANK[self.plan.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A tag came to be near a spot, or ceased to be."""

    epc: str
    spot: Spot
    arrived: bool
    last_s: float
    """When it was last heard there; monotonic."""


class _Tag:
    """One tag in the field."""

    __slots__ = ("at", "heard", "ignored_until_s")

    def __init__(self) -> None:
        self.heard: dict[Spot, Heard] = {}
        self.at: Spot | None = None
        self.ignored_until_s = 0.0


class _Reader:
    """One listener: whether its silence means anything."""

    __slots__ = ("counts_from_s", "down", "plan", "spots")

    def __init__(self, plan: ListenerPlan) -> None:
        self.plan = plan
        self.down = True
        """Until it has said that it answers, nothing it does not hear is gone."""
        self.counts_from_s = 0.0
        names = {*plan.spots.values(), plan.elsewhere}
        self.spots = {name: Spot(plan=plan, name=name) for name in names if name is not None}


class Tracker:
    """Every tag near any listener of the site."""

    def __init__(self, plans: Iterable[ListenerPlan], rule: PresenceRule) -> None:
        self._rule = rule
        self._readers = {plan.id: _Reader(plan) for plan in plans}
        self._tags: dict[str, _Tag] = {}
        self._due: list[tuple[float, str, str, str]] = []
        """When to look at a silence again: monotonic time, EPC, reader, spot."""

    @property
    def in_field(self) -> int:
        """How many tags are being followed now."""
        return len(self._tags)

    def listens(self, reader: str) -> bool:
        """Whether that reader is one of ours."""
        return reader in self._readers

    def where(self, epc: str) -> Spot | None:
        """The spot the tag is near, if a reader that answers says so."""
        tag = self._tags.get(epc)
        if tag is None or tag.at is None or self._readers[tag.at.plan.id].down:
            return None
        return tag.at

    def resume(self, epc: str, reader: str, spot: str, at_s: float) -> None:
        """It was near that spot when the controller stopped; silence counts once it answers."""
        known = self._readers.get(reader)
        place = None if known is None else known.spots.get(spot)
        if place is None:
            return
        tag = self._tags.setdefault(epc, _Tag())
        heard = tag.heard[place] = Heard(at_s)
        heard.reads = ARRIVES_AT
        heard.level_dbm = NO_LEVEL_DBM
        tag.at = place
        self._schedule(epc, place, heard, at_s)

    def lost(self, reader: str) -> None:
        """It no longer answers: what it knew is frozen."""
        self._readers[reader].down = True

    def back(self, reader: str, at_s: float) -> None:
        """It answers; silence counts from now, less the grace it needs to hear all tags again."""
        known = self._readers[reader]
        known.down = False
        known.counts_from_s = at_s + self._rule.grace_s

    def passed(self, epc: str, at_s: float) -> list[Change]:
        """It went through a door: it is gone from where it was, whoever hears it hears it anew."""
        tag = self._tags.get(epc)
        if tag is None:
            return []
        left = tag.at
        last_s = at_s if left is None else tag.heard[left].last_s
        tag.heard.clear()
        tag.at = None
        tag.ignored_until_s = at_s + PASSED_S
        heapq.heappush(self._due, (tag.ignored_until_s, epc, "", ""))
        return [] if left is None else [Change(epc=epc, spot=left, arrived=False, last_s=last_s)]

    def observe(self, report: TagReport) -> list[Change]:
        """Take in one report; a reader that reports answers."""
        reader = self._readers[report.reader]
        if reader.down:
            self.back(report.reader, report.at.monotonic_s)
        now_s = report.at.monotonic_s
        changes: list[Change] = []
        for read in report.reads:
            name = reader.plan.spot(read.antenna)
            if name is None:
                continue
            level_dbm = NO_LEVEL_DBM if read.rssi_dbm is None else read.rssi_dbm
            changes += self._heard(read.epc, reader.spots[name], level_dbm, now_s)
        return changes

    def tick(self, now_s: float) -> list[Change]:
        """Time passed: those that were silent too long are gone."""
        changes: list[Change] = []
        while self._due and self._due[0][0] <= now_s:
            due_s, epc, reader, name = heapq.heappop(self._due)
            tag = self._tags.get(epc)
            if tag is None:
                continue
            spot = self._readers[reader].spots[name] if reader else None
            heard = None if spot is None else tag.heard.get(spot)
            if spot is not None and heard is not None and heard.due_s == due_s:
                changes += self._look(epc, tag, spot, heard, now_s)
            if not tag.heard and now_s >= tag.ignored_until_s:
                self._tags.pop(epc, None)
        return changes

    def _heard(self, epc: str, spot: Spot, level_dbm: float, now_s: float) -> Iterator[Change]:
        tag = self._tags.get(epc)
        if tag is None:
            tag = self._tags[epc] = _Tag()
        if now_s < tag.ignored_until_s:
            return
        heard = tag.heard.get(spot)
        if heard is None:
            heard = tag.heard[spot] = Heard(now_s)
            self._schedule(epc, spot, heard, now_s)
        heard.read(now_s, level_dbm, self._readers[spot.plan.id].counts_from_s)
        if spot is not tag.at and heard.reads >= ARRIVES_AT and self._better(tag, spot, now_s):
            tag.at = spot
            yield Change(epc=epc, spot=spot, arrived=True, last_s=now_s)

    def _better(self, tag: _Tag, spot: Spot, now_s: float) -> bool:
        if tag.at is None or spot.rank != tag.at.rank:
            return tag.at is None or spot.rank > tag.at.rank
        here, there = tag.heard[tag.at], tag.heard[spot]
        advantage_db = self._rule.mobility.advantage_db(now_s - here.last_s)
        return there.level_dbm > here.level_dbm + advantage_db

    def _look(
        self, epc: str, tag: _Tag, spot: Spot, heard: Heard, now_s: float
    ) -> Iterator[Change]:
        """Whether the silence at ``spot`` has lasted too long."""
        if now_s < self._gone_s(spot, heard, now_s):
            self._schedule(epc, spot, heard, now_s)
            return
        del tag.heard[spot]
        if tag.at is spot:
            tag.at = None
            yield Change(epc=epc, spot=spot, arrived=False, last_s=heard.last_s)
            yield from self._next_best(epc, tag)

    def _next_best(self, epc: str, tag: _Tag) -> Iterator[Change]:
        """Gone from where it was, but others hear it: the one that knows best and loudest."""
        sure = [
            (spot.rank, heard.level_dbm, spot.plan.id, spot.name)
            for spot, heard in tag.heard.items()
            if heard.reads >= ARRIVES_AT
        ]
        if sure:
            *_, reader, name = max(sure)
            tag.at = self._readers[reader].spots[name]
            last_s = tag.heard[tag.at].last_s
            yield Change(epc=epc, spot=tag.at, arrived=True, last_s=last_s)

    def _gone_s(self, spot: Spot, heard: Heard, now_s: float) -> float:
        reader = self._readers[spot.plan.id]
        since_s = now_s if reader.down else max(heard.last_s, reader.counts_from_s)
        return since_s + heard.patience_s(self._rule.longest_silence_s)

    def _schedule(self, epc: str, spot: Spot, heard: Heard, now_s: float) -> None:
        heard.due_s = min(self._gone_s(spot, heard, now_s), now_s + LOOK_EVERY_S)
        heapq.heappush(self._due, (heard.due_s, epc, spot.plan.id, spot.name))
