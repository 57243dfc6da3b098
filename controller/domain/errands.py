"""Errands: things to fetch from their place or to put back, until somebody or something saw it.

An errand moves nothing and changes no loan; it says to a person where to look.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from controller.domain.answers import accepted, refused
from controller.domain.decision import Decision
from controller.domain.events import Event, PassageDetected, TagPresented
from controller.domain.events_presence import TagArrived, TagSwept
from controller.domain.events_shelving import ErrandEnded, ErrandMade
from controller.domain.model import Direction, Holding, Registry
from controller.domain.model_shelving import Errand, ErrandEnd, ErrandTask, Witness
from controller.domain.places import MachinePlace, Places, ShelfPlace
from controller.domain.plans_presence import ListenerKind
from controller.domain.requests_shelving import EndErrand, ErrandRequest, MakeErrands

MOST_OPEN = 5000
_DEEPEST = 8
"""A file in a box in a crate …: so far up a place is looked for."""


class Errands:
    """The open ones, by id."""

    def __init__(
        self,
        registry: Registry,
        places: Places,
        new_id: Callable[[], str],
        known: Iterable[Errand] = (),
    ) -> None:
        self._registry = registry
        self._places = places
        self._new_id = new_id
        self._open = {errand.id: errand for errand in known}

    def asked(self, message: ErrandRequest) -> Decision:
        """Each request gets exactly one answer."""
        return self.make(message) if isinstance(message, MakeErrands) else self.end(message)

    def make(self, message: MakeErrands) -> Decision:
        """A list of errands; what is on one already for the same task is left out.

        Refused with ``nothing_asked``, ``no_such_holding``, ``already_listed``, ``too_many``.
        """
        asked = message.asked
        if not message.holdings:
            return refused(asked, "nothing_asked")
        if len(self._open) + len(message.holdings) > MOST_OPEN:
            return refused(asked, "too_many", most=str(MOST_OPEN))
        listed = {e.holding_id for e in self._open.values() if e.task is message.task}
        wanted: list[Holding] = []
        for holding_id in message.holdings:
            holding = self._registry.holding(holding_id)
            if holding is None:
                return refused(asked, "no_such_holding", holding_id=holding_id)
            wanted += [] if holding.id in listed else [holding]
        if not wanted:
            return refused(asked, "already_listed")
        list_id = self._new_id()
        events = tuple(self._made(message, list_id, holding) for holding in wanted)
        left_out = len(message.holdings) - len(wanted)
        answer = accepted(asked, list_id=list_id, made=str(len(events)), left_out=str(left_out))
        return Decision(events=events, answers=(answer,))

    def end(self, message: EndErrand) -> Decision:
        """It is done, or will not be.

        Refused with ``no_such_errand``, ``another_holding`` (the tag or barcode that was scanned
        is not its own) or ``another_place`` (it was put back where it does not belong).
        """
        asked = message.asked
        errand = self._open.get(message.errand_id)
        if errand is None:
            return refused(asked, "no_such_errand", errand_id=message.errand_id)
        if message.scanned and not self._is_of(errand, message.scanned):
            return refused(asked, "another_holding", errand_id=errand.id)
        if message.place and not self._is_at(errand, message.place):
            return refused(asked, "another_place", errand_id=errand.id, place=errand.place)
        witness = Witness.SCAN if message.scanned else Witness.PERSON
        del self._open[errand.id]
        event = ErrandEnded(
            at=asked.at.utc,
            errand_id=errand.id,
            task=errand.task,
            holding_id=errand.holding_id,
            end=message.end,
            witness=witness,
            by=asked.by,
        )
        return Decision(events=(event,), answers=(accepted(asked, errand_id=errand.id),))

    def noticed(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """What was fetched lies on a desk, or left; what was put away is heard in its shelf."""
        if not self._open:
            return ()
        done: list[Event] = []
        for event in events:
            match event:
                case PassageDetected(direction=Direction.OUT, holding_id=str() as holding_id):
                    done += self._fetched(holding_id, event, Witness.DOOR, event.door)
                case TagPresented(epc=str() as epc) if epc:
                    holding = self._registry.holding_by_epc(epc)
                    if holding is not None:
                        done += self._fetched(holding.id, event, Witness.DESK, event.desk)
                case TagArrived(listener=ListenerKind.SHELF, holding_id=str() as holding_id):
                    done += self._put_back(holding_id, event, Witness.SHELF, event.reader)
                case TagSwept(holding_id=str() as holding_id):
                    done += self._put_back(holding_id, event, Witness.HANDHELD, event.by)
                case _:
                    pass
        return tuple(done)

    def wanted_in(self, rack: str, aisle: int) -> bool:
        """Whether something is to be fetched from that aisle, or put back into it."""
        return any((e.rack, e.aisle) == (rack, aisle) for e in self._open.values())

    def _made(self, message: MakeErrands, list_id: str, holding: Holding) -> ErrandMade:
        home = self._home(holding)
        place = self._places.read(home)
        inside = self._places.in_machine(home) if place is None else None
        event = ErrandMade(
            at=message.asked.at.utc,
            errand_id=self._new_id(),
            list_id=list_id,
            task=message.task,
            holding_id=holding.id,
            reference_code=holding.reference_code,
            loan_id=message.holdings[holding.id],
            rack=_device(place, inside),
            aisle=None if place is None else place.aisle,
            shelf=_code(home, place, inside),
            by=message.asked.by,
        )
        self._open[event.errand_id] = Errand(
            id=event.errand_id,
            task=event.task,
            holding_id=event.holding_id,
            rack=event.rack,
            aisle=event.aisle,
            place=event.shelf,
        )
        return event

    def _home(self, holding: Holding) -> str:
        """Its own place, or that of what it lies in."""
        inner: Holding | None = holding
        for _ in range(_DEEPEST):
            if inner is None or inner.home:
                break
            inner = None if inner.parent_id is None else self._registry.holding(inner.parent_id)
        return "" if inner is None else inner.home

    def _fetched(
        self, holding_id: str, event: PassageDetected | TagPresented, witness: Witness, by: str
    ) -> list[Event]:
        seen = [e for e in self._of(holding_id) if e.task is ErrandTask.FETCH]
        return self._seen(seen, event.at, witness, by)

    def _put_back(
        self, holding_id: str, event: TagArrived | TagSwept, witness: Witness, by: str
    ) -> list[Event]:
        put_away = [e for e in self._of(holding_id) if e.task is ErrandTask.PUT_AWAY]
        seen = [e for e in put_away if self._is_in(e, event.spot)]
        return self._seen(seen, event.at, witness, by)

    def _of(self, holding_id: str) -> list[Errand]:
        return [errand for errand in self._open.values() if errand.holding_id == holding_id]

    def _is_in(self, errand: Errand, spot: str) -> bool:
        """Whether ``rack/bay/level``, as far as known, is where it belongs."""
        rack, *steps = spot.split("/")
        place = self._places.read(errand.place)
        if place is None or rack != place.rack:
            return False
        known = zip(steps, (place.bay, place.level), strict=False)
        return all(number is None or step == str(number) for step, number in known)

    def _seen(self, seen: list[Errand], at: datetime, witness: Witness, by: str) -> list[Event]:
        """They are done, by what heard the tag."""
        for errand in seen:
            del self._open[errand.id]
        return [
            ErrandEnded(
                at=at,
                errand_id=errand.id,
                task=errand.task,
                holding_id=errand.holding_id,
                end=ErrandEnd.DONE,
                witness=witness,
                by=by,
            )
            for errand in seen
        ]

    def _is_of(self, errand: Errand, scanned: str) -> bool:
        bare = "".join(scanned.split())
        bound = self._registry.holding_by_epc(bare.upper())
        if bound is not None:
            return bound.id == errand.holding_id
        holding = self._registry.holding(errand.holding_id)
        return holding is not None and (
            bare == holding.barcode or scanned.strip() == holding.reference_code
        )

    def _is_at(self, errand: Errand, scanned: str) -> bool:
        place = self._places.read(scanned)
        inside = self._places.in_machine(scanned) if place is None else None
        return _code(scanned.strip(), place, inside) == errand.place


def _device(place: ShelfPlace | None, inside: MachinePlace | None) -> str:
    """The bank or machine; empty when no place could be made out."""
    if place is not None:
        return place.rack
    return "" if inside is None else inside.machine


def _code(written: str, place: ShelfPlace | None, inside: MachinePlace | None) -> str:
    """The place by its code, else as it is written."""
    if place is not None:
        return place.code
    return written if inside is None else inside.code
