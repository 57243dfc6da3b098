"""A status of such a bank as the command protocol sees any machine, and its verbs: pure."""

from drivers.bank_udp.wire import Code, Flag, Frame, Status
from drivers.observations import Presence, RackMode
from drivers.profiles import Argument, Confirm, Verb
from drivers.registers import Measured, Point
from drivers.shelving.wire import Picture
from drivers.shelving.wishes import Wish

OPEN_AISLE = Point(name="open_aisle", kind="input", address=0)
"""0: every aisle is closed."""
STATUS = Point(name="status", kind="input", address=1, bits={"ventilated": 0})


def verbs(columns: int) -> dict[str, Verb]:
    """What a bank of so many columns can be wished to do, and what proves it."""
    aisle = Argument(name="aisle", least=1, most=columns - 1)
    opened = Confirm(point=OPEN_AISLE, index=None, relation="==", value="aisle")
    closed = Confirm(point=OPEN_AISLE, index=None, relation="==", value=0)
    spread = Confirm(point=STATUS, index=None, relation="has", value="ventilated")
    proofs = {
        "open_aisle": ((aisle,), opened),
        "close_all": ((), closed),
        "ventilate": ((), spread),
    }
    return {
        name: Verb(
            name=name,
            code=0,
            args=args,
            idempotent=True,
            moves=True,
            confirm=(proof,),
            write=(),
        )
        for name, (args, proof) in proofs.items()
    }


def question(wish: Wish, address: int, *, fixed_left: bool) -> Frame:
    """The frame that asks for ``wish``."""
    opening = Code.OPEN_FIXED_LEFT if fixed_left else Code.OPEN_FIXED_RIGHT
    code = {"open_aisle": opening, "close_all": Code.CLOSE, "ventilate": Code.VENTILATE}
    data = bytes(wish.arguments[argument.name] for argument in wish.verb.args)
    return Frame(address=address, code=code[wish.verb.name], data=data)


def picture_of(status: Status, columns: int) -> Picture:
    """One coherent picture; which beam is broken is not said, so no aisle is clear then."""
    moving = Flag.MOVING in status.flags
    aisles, ventilated = status.open_aisles, Flag.VENTILATED in status.flags
    aisle = aisles[0] if len(aisles) == 1 and not moving else None
    closed = 0 if not aisles and not moving else None
    presence = Presence.UNKNOWN if Flag.BEAM in status.flags else Presence.CLEAR
    shown = aisle if aisle is not None else closed
    names = frozenset({"ventilated"} if ventilated and not moving else ())
    return Picture(
        mode=_mode(status.flags, standing_open=aisle is not None),
        moving=moving,
        open_aisle=aisle,
        presence=(presence,) * (columns - 1),
        fault_code=status.fault_code,
        heartbeat=0,
        session=0,
        ack_seq=0,
        ack_code="",
        done_seq=0,
        done_code="",
        values={
            "open_aisle": (Measured(shown, "" if shown is not None else "invalid"),),
            "status": (Measured(names, ""),),
        },
    )


def _mode(flags: Flag, *, standing_open: bool) -> RackMode:
    if Flag.POWER not in flags:
        return RackMode.POWER_LOST
    if Flag.EMERGENCY_STOP in flags:
        return RackMode.EMERGENCY_STOP
    if Flag.ALARM in flags:
        return RackMode.PROTECTIVE_STOP
    if Flag.REMOTE not in flags:
        return RackMode.LOCAL
    if Flag.MOVING in flags:
        return RackMode.MOVING
    return RackMode.HOLDING if standing_open else RackMode.IDLE
