"""The ``[command]`` table of a profile: what can be wished, how it is written, what proves it."""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import cast, get_args

from drivers.profiles.model import Argument, Command, Confirm, Handshake, Relation, Verb
from drivers.profiles.params import Params
from drivers.profiles.tables import Table
from drivers.profiles.words import forbidden_in
from drivers.registers import Point, Unrepresentable, encode

SESSION, CODE, CHECK, SEQUENCE = 0, 1, -2, -1
"""Where these stand in the block; the arguments stand between code and check."""
FRAME_WORDS = 4
HANDSHAKES = cast(tuple[Handshake, ...], get_args(Handshake))

_NO_HANDSHAKE = cast(Handshake, "")

_CONFIRM = re.compile(r"(\w+)(?:\[(\w+)])? (==|has|lacks) (\w+)")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class CommandReader:
    """Builds one ``Command``."""

    def __init__(
        self, points: Mapping[str, Point], params: Params, *, max_write_registers: int
    ) -> None:
        self._points = points
        self._params = params
        self._longest = max_write_registers

    def command(self, table: Table) -> Command:
        """The whole table.

        Raises:
            ProfileError: it cannot work, or touches a safety function.
        """
        handshake = table.choice("handshake", HANDSHAKES, _NO_HANDSHAKE)
        stop = table.table("stop")
        if stop is None:
            raise table.fault("stop", "what can be moved must be stoppable")
        block: tuple[Point, ...] = ()
        if handshake == "sequence":
            table.choice("check", ("xor",), "")
            block = self._block(table)
        command = Command(
            handshake=handshake,
            block=block,
            ack_timeout_s=table.number("ack_timeout_ms", 100, 60_000) / 1000,
            done_timeout_s=table.number("done_timeout_ms", 100, 3_600_000) / 1000,
            verbs={n: self._verb(n, verb, block) for n, verb in table.tables("verb")},
            stop=self.writable(stop, "point"),
            stop_value=stop.take("value", int),
        )
        self._fits(stop, "value", command.stop, command.stop_value)
        stop.close()
        table.close()
        self._check_codes(table, command)
        return command

    def writable(self, table: Table, key: str) -> Point:
        """The point ``key`` names, which can be written."""
        return self._writable(table, key, table.take(key, str))

    def _writable(self, table: Table, key: str, name: str) -> Point:
        point = self._points.get(name)
        if point is None:
            raise table.fault(key, f"there is no point {name!r}")
        if not point.writable:
            raise table.fault(key, f"{name!r} is not a writable holding register or coil")
        return point

    def _block(self, table: Table) -> tuple[Point, ...]:
        points = tuple(self._writable(table, "block", name) for name in table.words("block"))
        if len(points) <= FRAME_WORDS or any(p.dtype != "u16" or p.count > 1 for p in points):
            raise table.fault(
                "block", "must be session, code, arguments, check, sequence: words of 16 bits"
            )
        self._one_request(table, "block", points)
        return points

    def _one_request(self, table: Table, key: str, points: tuple[Point, ...]) -> None:
        if any(b.address != a.end or a.kind != b.kind for a, b in pairwise(points)):
            raise table.fault(key, "must be contiguous: it is written in one request")
        if points[-1].end - points[0].address > self._longest:
            raise table.fault(key, "is longer than the device accepts in one request")

    def _verb(self, name: str, table: Table, block: tuple[Point, ...]) -> Verb:
        if word := forbidden_in(name):
            raise table.fault("", f"no verb may {word} anything: safety is not ours to command")
        if not _NAME.fullmatch(name):
            raise table.fault("", "verbs are named in lower case, like open_aisle")
        args = tuple(self._argument(arg, inner) for arg, inner in table.tables("args"))
        verb = Verb(
            name=name,
            code=int(table.number("code", 1, 65535)) if block else 0,
            args=args,
            idempotent=table.take("idempotent", bool, True),
            moves=table.take("moves", bool, True),
            confirm=self._confirms(table, args),
            write=() if block else self._write(table, args),
        )
        if block and len(args) > len(block) - FRAME_WORDS:
            raise table.fault("args", "there are more than the command block has room for")
        table.close()
        return verb

    def _argument(self, name: str, table: Table) -> Argument:
        least, most = (self._params.size(table, key) for key in ("min", "max"))
        table.close()
        if not 0 <= least <= most <= 65535:
            raise table.fault("max", f"{least}..{most} is no range within 0..65535")
        return Argument(name=name, least=least, most=most)

    def _confirms(self, table: Table, args: tuple[Argument, ...]) -> tuple[Confirm, ...]:
        said = table.take("confirm", object)
        texts = said if isinstance(said, list) else [said]
        confirms = tuple(self._confirm(table, str(text), args) for text in texts)
        if not confirms:
            raise table.fault("confirm", "a wish nobody can confirm is not commanded")
        return confirms

    def _confirm(self, table: Table, text: str, args: tuple[Argument, ...]) -> Confirm:
        known = {arg.name: arg for arg in args}
        match = _CONFIRM.fullmatch(text.strip())
        point = self._points.get(match[1]) if match else None
        if match is None or point is None or match[2] not in (None, *known):
            raise table.fault("confirm", 'must read "point == argument", "point[argument] == 0"')
        relation = cast(Relation, match[3])
        value: int | str = int(match[4]) if match[4].isdecimal() else match[4]
        words = set(point.bits) if relation != "==" else {*known, *point.enum.values()}
        members = 1 if match[2] is None else known[match[2]].most
        if (isinstance(value, str) and value not in words) or members != point.count:
            raise table.fault("confirm", f"{text!r}: {point.name} cannot say that")
        return Confirm(point=point, index=match[2], relation=relation, value=value)

    def _write(
        self, table: Table, args: tuple[Argument, ...]
    ) -> tuple[tuple[Point, int | str], ...]:
        bounds = {arg.name: arg for arg in args}
        inner = table.table("write")
        if inner is None or not inner.names():
            raise table.fault("write", "without a command block a verb says what to write")
        pairs: list[tuple[Point, int | str]] = []
        for name in inner.names():
            point, value = self._writable(inner, name, name), inner.take(name, object)
            if isinstance(value, str) and value in bounds:
                self._fits(inner, name, point, bounds[value].most)
                pairs.append((point, value))
            elif isinstance(value, int):
                self._fits(inner, name, point, int(value))
                pairs.append((point, int(value)))
            else:
                raise inner.fault(name, f"{value!r} is neither a number nor an argument")
        pairs.sort(key=lambda pair: pair[0].address)
        self._one_request(table, "write", tuple(point for point, _ in pairs))
        return tuple(pairs)

    @staticmethod
    def _fits(table: Table, key: str, point: Point, value: int) -> None:
        try:
            encode(point, value)
        except Unrepresentable as error:
            raise table.fault(key, str(error)) from error

    @staticmethod
    def _check_codes(table: Table, command: Command) -> None:
        codes = [verb.code for verb in command.verbs.values()]
        if command.block and len(set(codes)) < len(codes):
            raise table.fault("verb", "two verbs have the same code")
        if not codes:
            raise table.fault("verb", "there is nothing to command; leave [command] out")
