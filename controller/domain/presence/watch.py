"""Presence as the stack room sees it: messages go in, decisions come out.

What is near what is decided by ``tracker``; here it meets the registry and becomes events.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from controller.domain.answers import accepted, refused
from controller.domain.decision import NOTHING, Decision
from controller.domain.events import Event
from controller.domain.events_presence import SweepRecorded, TagArrived, TagDeparted, TagSwept
from controller.domain.model import Registry
from controller.domain.plans_presence import ListenerKind, ListenerPlan, PresenceRule
from controller.domain.presence.tracker import Change, Tracker
from controller.domain.requests_presence import RecordSweep
from drivers.observations import Moment, TagReport


class PresenceWatch:
    """Zone readers, shelf antennas and handheld sweeps of one site."""

    def __init__(
        self,
        listeners: Iterable[ListenerPlan],
        rule: PresenceRule,
        registry: Registry,
        present: Iterable[TagArrived] = (),
    ) -> None:
        """``present`` is what was near what when the controller stopped."""
        self._plans = {plan.id: plan for plan in listeners}
        self._tracker = Tracker(self._plans.values(), rule)
        self._registry = registry
        self._resumed = tuple(present)

    @property
    def readers(self) -> frozenset[str]:
        """The ids of all listeners."""
        return frozenset(self._plans)

    def observe(self, report: TagReport) -> Decision:
        """Reads of one listener; those it had kept for us say nothing of now."""
        if report.late:
            return NOTHING
        self._resume(report.at)
        return self._told(self._tracker.observe(report), report.at)

    def passed(self, epc: str, at: Moment) -> Decision:
        """The tag went through a door: it is not where it was heard before."""
        return self._told(self._tracker.passed(epc, at.monotonic_s), at)

    def tick(self, at: Moment) -> Decision:
        """Time passed: silence may have become absence."""
        self._resume(at)
        return self._told(self._tracker.tick(at.monotonic_s), at)

    def lost(self, reader: str) -> None:
        """Its silence means nothing from now on."""
        if self._tracker.listens(reader):
            self._tracker.lost(reader)

    def back(self, reader: str, at: Moment) -> None:
        """It answers again."""
        if self._tracker.listens(reader):
            self._tracker.back(reader, at.monotonic_s)

    def record(self, message: RecordSweep) -> Decision:
        """Take in one part of a sweep, whole and once."""
        asked = message.asked
        part_id = f"{message.sweep}/{message.number}"
        digest = _digest(message)
        known = self._registry.sweep_digest(part_id)
        if known is not None and known != digest:
            return refused(asked, "sweep_part_differs", part_id=part_id)
        if known is not None:
            return Decision(answers=(accepted(asked, part_id=part_id, repeated="yes"),))
        swept = [self._swept(message, part_id, epc, heard) for epc, heard in message.heard.items()]
        unknown = sum(each.holding_id is None for each in swept)
        recorded = SweepRecorded(
            at=asked.at.utc,
            part_id=part_id,
            digest=digest,
            handheld=message.handheld,
            room=message.room,
            spot=message.spot,
            by=asked.by,
            tags=len(swept),
            unknown=unknown,
        )
        answer = accepted(asked, part_id=part_id, tags=str(len(swept)), unknown=str(unknown))
        return Decision(events=(recorded, *swept), answers=(answer,))

    def _swept(self, message: RecordSweep, part_id: str, epc: str, heard: str) -> TagSwept:
        at = message.asked.at
        near = self._tracker.where(epc)
        on_shelf = near is not None and near.plan.kind is ListenerKind.SHELF
        return TagSwept(
            at=at.utc,
            part_id=part_id,
            handheld=message.handheld,
            room=message.room,
            spot=message.spot,
            by=message.asked.by,
            epc=epc,
            holding_id=self._holding(epc),
            heard_at=min(at.utc, datetime.fromisoformat(heard)),
            nearer=near.plan.id if near is not None and on_shelf else "",
        )

    def _holding(self, epc: str) -> str | None:
        holding = self._registry.holding_by_epc(epc)
        return None if holding is None else holding.id

    def _resume(self, at: Moment) -> None:
        """Once, at the first message: only that says how the two clocks lie to each other."""
        resumed, self._resumed = self._resumed, ()
        for each in resumed:
            heard_s = at.monotonic_s - (at.utc - each.at).total_seconds()
            self._tracker.resume(each.epc, each.reader, each.spot, heard_s)

    def _told(self, changes: Sequence[Change], at: Moment) -> Decision:
        if not changes:
            return NOTHING
        return Decision(events=tuple(self._event(change, at) for change in changes))

    def _event(self, change: Change, at: Moment) -> Event:
        plan = change.spot.plan
        if change.arrived:
            return TagArrived(
                at=at.utc,
                reader=plan.id,
                listener=plan.kind,
                room=plan.room,
                spot=change.spot.name,
                epc=change.epc,
                holding_id=self._holding(change.epc),
            )
        return TagDeparted(
            at=at.utc,
            reader=plan.id,
            listener=plan.kind,
            room=plan.room,
            spot=change.spot.name,
            epc=change.epc,
            holding_id=self._holding(change.epc),
            last_heard=at.utc - timedelta(seconds=max(0.0, at.monotonic_s - change.last_s)),
        )


def _digest(message: RecordSweep) -> str:
    """Of what does not change when the handheld sends the same part again, later."""
    content = [message.handheld, message.room, message.spot, *sorted(message.heard)]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()
