"""Orders: move, transfer 移交, accession 接收, disposal 销毁; a list, its approval, its count.

Nobody approves what they wrote. A disposal needs two who approve and two who see it done, and
nothing on its list may still have to be kept.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from controller.domain.answers import accepted, refused
from controller.domain.decision import Decision
from controller.domain.events import Event, PassageDetected, TagPresented
from controller.domain.events_orders import (
    HoldingDestroyed,
    OrderApproved,
    OrderCarriedOut,
    OrderClosed,
    OrderDrafted,
    OrderLineListed,
    OrderLineSeen,
    OrderLineUnexpected,
    OrderRefused,
)
from controller.domain.events_presence import TagSwept
from controller.domain.model import Authority, AuthorityKind, Direction, Holding, Registry
from controller.domain.model_lending import HAS_TURN
from controller.domain.model_orders import COUNTING, Order, OrderKind, OrderState
from controller.domain.requests import Request
from controller.domain.requests_orders import (
    ApproveOrder,
    CarryOutOrder,
    CloseOrder,
    DraftOrder,
    OrderRequest,
    RefuseOrder,
)

MOST_LISTED = 2000
_DEEPEST = 8
_UNDECIDED = frozenset({OrderState.DRAFT, OrderState.HALF_APPROVED})


class Orders:
    """The ones that are not over, by id."""

    def __init__(
        self, registry: Registry, new_id: Callable[[], str], known: Iterable[Order] = ()
    ) -> None:
        self._registry = registry
        self._new_id = new_id
        self._open = {order.id: order for order in known}

    def asked(self, message: OrderRequest) -> Decision:
        """Each request gets exactly one answer.

        Refused with ``no_such_order`` (or it is over), ``wrong_state``, and what the steps say.
        """
        if isinstance(message, DraftOrder):
            return self._draft(message)
        order = self._open.get(message.order_id)
        if order is None:
            return refused(message.asked, "no_such_order", order_id=message.order_id)
        events = self._step(message, order)
        if isinstance(events, str):
            return refused(message.asked, events, order_id=order.id, state=order.state)
        return Decision(events=events, answers=(accepted(message.asked, order_id=order.id),))

    def authority(self, holding: Holding, at: datetime) -> Authority | None:
        """The order that lets ``holding``, or what it lies in, be outside at ``at``."""
        for inner in self._around(holding):
            for order in self._open.values():
                if order.covers(inner.id, at):
                    kind = AuthorityKind(order.kind.value)
                    return Authority(kind=kind, id=order.id, holder=order.destination)
        return None

    def noticed(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """What doors, desks and sweeps saw of what is listed, and of what is not."""
        counting = [order for order in self._open.values() if order.state in COUNTING]
        if not counting:
            return ()
        seen: list[Event] = []
        for event in events:
            sighting = self._sighting(event)
            if sighting is not None:
                seen += self._counted(event.at, *sighting)
        return tuple(seen)

    def _draft(self, message: DraftOrder) -> Decision:
        """``nothing_asked``, ``too_many``, ``bad_period``, and what is wrong with one holding."""
        asked = message.asked
        if not message.holdings:
            return refused(asked, "nothing_asked")
        if len(message.holdings) > MOST_LISTED:
            return refused(asked, "too_many", most=str(MOST_LISTED))
        if not asked.at.utc < message.ends or not message.begins < message.ends:
            return refused(asked, "bad_period")
        found: list[Holding] = []
        for holding_id in message.holdings:
            holding = self._registry.holding(holding_id)
            if holding is None:
                return refused(asked, "no_such_holding", holding_id=holding_id)
            code = self._unfit(holding, message.order_kind, asked.at.utc)
            if code is not None:
                return refused(
                    asked, code, holding_id=holding_id, reference_code=holding.reference_code
                )
            found.append(holding)
        order_id = self._new_id()
        drafted = OrderDrafted(
            at=asked.at.utc,
            order_id=order_id,
            order_kind=message.order_kind,
            title=message.title,
            destination=message.destination,
            door=message.door,
            begins=message.begins,
            ends=message.ends,
            by=asked.by,
        )
        lines = tuple(
            OrderLineListed(
                at=asked.at.utc,
                line_id=f"{order_id}:{holding.id}",
                order_id=order_id,
                holding_id=holding.id,
                reference_code=holding.reference_code,
            )
            for holding in found
        )
        self._open[order_id] = _drafted(drafted, found)
        answer = accepted(asked, order_id=order_id, listed=str(len(lines)))
        return Decision(events=(drafted, *lines), answers=(answer,))

    def _unfit(self, holding: Holding, kind: OrderKind, at: datetime) -> str | None:
        """Why it cannot stand on such a list: ``destroyed``, ``must_be_kept``, ``lent``."""
        if self._registry.destroyed(holding.id):
            return "destroyed"
        if kind is not OrderKind.DISPOSAL:
            return None
        if not self._registry.retention_over(holding.id, at):
            return "must_be_kept"
        lent = any(loan.state in HAS_TURN for loan in self._registry.open_loans(holding.id))
        return "lent" if lent else None

    def _step(self, message: OrderRequest, order: Order) -> tuple[Event, ...] | str:
        match message:
            case ApproveOrder():
                return self._approve(message, order)
            case RefuseOrder():
                return self._refuse(message, order)
            case CarryOutOrder():
                return self._carry_out(message, order)
            case CloseOrder():
                return self._close(message, order)
            case DraftOrder():
                return "wrong_state"
            case _:
                assert_never(message)

    def _approve(self, message: ApproveOrder, order: Order) -> tuple[Event, ...] | str:
        """``same_person``, ``bad_period`` (its time is over), and what has become unfit since."""
        at, by = message.asked.at.utc, message.asked.by
        if order.state not in _UNDECIDED:
            return "wrong_state"
        if by == order.author or by in order.approved_by:
            return "same_person"
        if order.ends <= at:
            return "bad_period"
        for holding_id in order.listed:
            holding = self._registry.holding(holding_id)
            code = "no_such_holding" if holding is None else self._unfit(holding, order.kind, at)
            if code is not None:
                return code
        people = (*order.approved_by, by)
        last = len(people) >= _people(order.kind)
        state = OrderState.APPROVED if last else OrderState.HALF_APPROVED
        self._open[order.id] = replace(order, state=state, approved_by=people)
        return (OrderApproved(at=at, order_id=order.id, by=by, last=last),)

    def _refuse(self, message: RefuseOrder, order: Order) -> tuple[Event, ...] | str:
        if order.state not in _UNDECIDED:
            return "wrong_state"
        del self._open[order.id]
        asked = message.asked
        return (
            OrderRefused(at=asked.at.utc, order_id=order.id, by=asked.by, reason=message.reason),
        )

    def _carry_out(self, message: CarryOutOrder, order: Order) -> tuple[Event, ...] | str:
        """``same_person`` (the second is another), ``must_be_kept``, ``destroyed``, ``lent``."""
        at, by = message.asked.at.utc, message.asked.by
        if order.state not in COUNTING:
            return "wrong_state"
        if by in order.done_by:
            return "same_person"
        people = (*order.done_by, by)
        last = len(people) >= _people(order.kind)
        destroyed: list[Event] = []
        if last and order.kind is OrderKind.DISPOSAL:
            for holding_id in order.listed:
                holding = self._registry.holding(holding_id)
                code = None if holding is None else self._unfit(holding, order.kind, at)
                if code is not None:
                    return code
                destroyed.append(
                    HoldingDestroyed(
                        at=at, holding_id=holding_id, order_id=order.id, by=",".join(people)
                    )
                )
        state = OrderState.CARRIED_OUT if last else OrderState.HALF_DONE
        self._open[order.id] = replace(order, state=state, done_by=people)
        return (OrderCarriedOut(at=at, order_id=order.id, by=by, last=last), *destroyed)

    def _close(self, message: CloseOrder, order: Order) -> tuple[Event, ...] | str:
        if order.state is not OrderState.CARRIED_OUT:
            return "wrong_state"
        del self._open[order.id]
        return (
            OrderClosed(
                at=message.asked.at.utc,
                order_id=order.id,
                expected=len(order.listed),
                seen=sum(order.listed.values()),
                unexpected=len(order.unexpected),
                by=message.asked.by,
            ),
        )

    def _sighting(self, event: Event) -> tuple[Holding, str, str] | None:
        """What was seen, by whom, and at which door."""
        match event:
            case PassageDetected(
                holding_id=str() as holding_id, direction=Direction.IN | Direction.OUT
            ):
                holding, witness, door = self._registry.holding(holding_id), event.door, event.door
            case TagPresented(epc=str() as epc) if epc:
                holding, witness, door = self._registry.holding_by_epc(epc), event.desk, ""
            case TagSwept(holding_id=str() as holding_id):
                holding, witness, door = self._registry.holding(holding_id), event.part_id, ""
            case _:
                return None
        return None if holding is None else (holding, witness, door)

    def _counted(self, at: datetime, holding: Holding, witness: str, door: str) -> Iterator[Event]:
        listed = False
        for order in list(self._open.values()):
            if order.state in COUNTING and holding.id in order.listed:
                listed = True
                if not order.listed[holding.id]:
                    self._open[order.id] = replace(order, listed={**order.listed, holding.id: True})
                    yield OrderLineSeen(
                        at=at,
                        line_id=f"{order.id}:{holding.id}",
                        order_id=order.id,
                        holding_id=holding.id,
                        witness=witness,
                    )
        if door and not listed:
            yield from self._unexpected(at, holding, door)

    def _unexpected(self, at: datetime, holding: Holding, door: str) -> Iterator[Event]:
        """At the very door of an order in its time; what has another authority is expected."""
        covered = self._registry.authority_to_leave(holding, at) or self.authority(holding, at)
        for order in list(self._open.values()):
            here = order.state in COUNTING and order.door == door
            now = order.begins <= at <= order.ends
            if here and now and covered is None and holding.id not in order.unexpected:
                more = order.unexpected | {holding.id}
                self._open[order.id] = replace(order, unexpected=more)
                yield OrderLineUnexpected(
                    at=at,
                    line_id=f"{order.id}:{holding.id}",
                    order_id=order.id,
                    holding_id=holding.id,
                    reference_code=holding.reference_code,
                    witness=door,
                )

    def _around(self, holding: Holding) -> Iterator[Holding]:
        inner: Holding | None = holding
        for _ in range(_DEEPEST):
            if inner is None:
                return
            yield inner
            inner = None if inner.parent_id is None else self._registry.holding(inner.parent_id)


def _people(kind: OrderKind) -> int:
    return 2 if kind is OrderKind.DISPOSAL else 1


def _drafted(event: OrderDrafted, found: Iterable[Holding]) -> Order:
    return Order(
        id=event.order_id,
        kind=event.order_kind,
        state=OrderState.DRAFT,
        title=event.title,
        destination=event.destination,
        door=event.door,
        begins=event.begins,
        ends=event.ends,
        author=event.by,
        approved_by=(),
        done_by=(),
        listed={holding.id: False for holding in found},
    )


def destroyed_in(message: Request, registry: Registry) -> str | None:
    """A destroyed holding that ``message`` wants something done with; ``None``: it names none."""
    named = [*getattr(message, "holdings", {}), getattr(message, "holding_id", "")]
    return next((each for each in named if each and registry.destroyed(each)), None)
