"""The AccessSpecs a simulated reader was given, carried out on the tags before it (section 12)."""

from collections.abc import Callable, Iterator
from typing import Any

from drivers.llrp.wire import ENUMERATIONS, Bits, Parameter, parameter
from simulators.llrp_rospecs import Refusal
from simulators.tag_memory import SimulatedTag, TagError

DISABLED, ACTIVE = range(2)
BY_COUNT = 1


class AccessSpecs:
    """Added, enabled, carried out, and gone after as many operations as they say."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._specs: dict[int, Parameter] = {}
        self._states: dict[int, int] = {}
        self._left: dict[int, int] = {}

    def add(self, spec: Parameter) -> None:
        """Take an AccessSpec."""
        id_ = spec.number("AccessSpecID")
        if id_ == 0 or id_ in self._specs:
            raise Refusal("A_Invalid", f"AccessSpec {id_} cannot be added")
        if len(self._specs) >= self._most:
            raise Refusal("M_OverflowParameter", f"no more than {self._most} AccessSpecs")
        stop = spec.first("AccessSpecStopTrigger")
        self._specs[id_], self._states[id_] = spec, DISABLED
        if stop is not None and stop.number("AccessSpecStopTrigger") == BY_COUNT:
            self._left[id_] = stop.number("OperationCountValue")

    def delete(self, id_: int) -> None:
        """Forget one, or all (0)."""
        for each in self._chosen(id_):
            del self._specs[each], self._states[each]
            self._left.pop(each, None)

    def enable(self, id_: int) -> None:
        """Carry it out from now on."""
        self._states.update((each, ACTIVE) for each in self._chosen(id_))

    def disable(self, id_: int) -> None:
        """Carry it out no more."""
        self._states.update((each, DISABLED) for each in self._chosen(id_))

    def all(self) -> Iterator[Parameter]:
        """Every one with its present state."""
        for id_, spec in self._specs.items():
            fields = {**spec.fields, "CurrentState": self._states[id_]}
            yield Parameter(kind=spec.kind, fields=fields, parameters=spec.parameters)

    def carry_out(self, tag: SimulatedTag, antenna: int) -> tuple[Parameter, ...]:
        """The results of the first active one that is meant for ``tag``; it counts as done."""
        for id_, spec in self._specs.items():
            command = spec.first("AccessCommand")
            if command is None or self._states[id_] != ACTIVE:
                continue
            if spec.number("AntennaID") not in (0, antenna) or not _meant(command, tag):
                continue
            self._done(id_)
            return tuple(_results(command, tag))
        return ()

    def _done(self, id_: int) -> None:
        if id_ in self._left:
            self._left[id_] -= 1
            if self._left[id_] == 0:
                self.delete(id_)

    def _chosen(self, id_: int) -> list[int]:
        if id_ and id_ not in self._specs:
            raise Refusal("A_Invalid", f"there is no AccessSpec {id_}")
        return [id_] if id_ else list(self._specs)


def _meant(command: Parameter, tag: SimulatedTag) -> bool:
    spec = command.first("C1G2TagSpec")
    return all(_matches(target, tag) for target in spec.all("C1G2TargetTag")) if spec else False


def _matches(target: Parameter, tag: SimulatedTag) -> bool:
    mask, data = target.fields["TagMask"], target.fields["TagData"]
    if not isinstance(mask, Bits) or not isinstance(data, Bits):
        return False
    met = tag.matches(target.number("MB"), target.number("Pointer"), mask.octets, data.octets)
    return met == bool(target.number("Match"))


def _results(command: Parameter, tag: SimulatedTag) -> Iterator[Parameter]:
    for operation in command.parameters:
        how = _OPERATIONS.get(operation.name)
        if how is None:
            continue
        id_, result = operation.number("OpSpecID"), f"{operation.name}OpSpecResult"
        try:
            fields = how(operation, tag)
        except TagError as error:
            words = ENUMERATIONS[f"{operation.name}ResultType"]
            code = next((c for c, word in words.items() if word == str(error)), len(words) - 1)
            yield parameter(result, OpSpecID=id_, Result=code)
        else:
            yield parameter(result, OpSpecID=id_, **fields)


def _read(operation: Parameter, tag: SimulatedTag) -> dict[str, Any]:
    start, count = operation.number("WordPointer"), operation.number("WordCount")
    password = operation.number("AccessPassword")
    return {"ReadData": tag.read(operation.number("MB"), start, count, password)}


def _write(operation: Parameter, tag: SimulatedTag) -> dict[str, Any]:
    words = operation.fields["WriteData"]
    assert isinstance(words, tuple)  # noqa: S101 -- by the table of the standard
    values = [int(word) for word in words]
    start, password = operation.number("WordPointer"), operation.number("AccessPassword")
    return {"NumWordsWritten": tag.write(operation.number("MB"), start, values, password)}


def _lock(operation: Parameter, tag: SimulatedTag) -> dict[str, Any]:
    payloads = operation.all("C1G2LockPayload")
    changes = [(p.number("Privilege"), p.number("DataField")) for p in payloads]
    tag.lock(changes, operation.number("AccessPassword"))
    return {}


def _kill(operation: Parameter, tag: SimulatedTag) -> dict[str, Any]:
    tag.kill(operation.number("KillPassword"))
    return {}


_OPERATIONS: dict[str, Callable[[Parameter, SimulatedTag], dict[str, Any]]] = {
    "C1G2Read": _read,
    "C1G2Write": _write,
    "C1G2Lock": _lock,
    "C1G2Kill": _kill,
}
