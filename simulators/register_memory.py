"""What clients wrote into a simulated device, and which addresses there are at all."""

from collections.abc import Mapping, Sequence

from drivers.profiles import Profile
from drivers.registers import Point, decode, encode
from simulators.modbus_pdu import (
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    Refused,
    Table,
)


class RegisterMemory:
    """The coils and holding registers that may be written, all 0 at first."""

    def __init__(self, profile: Profile, *, refuses_holes: bool) -> None:
        self._link = profile.link
        self._refuses_holes = refuses_holes
        self._written: dict[tuple[Table, int], int] = {}
        self._at: dict[tuple[Table, int], Point] = {}
        self._ends: dict[Table, int] = {}
        for point in profile.points.values():
            self._ends[point.kind] = max(point.end, self._ends.get(point.kind, 0))
            for address in range(point.address, point.end):
                self._at[point.kind, address] = point
        for point in profile.points.values():
            if point.writable and point.range is not None:
                self.put(point, point.range[0])

    def put(self, point: Point, number: float) -> None:
        """Let a point begin with ``number``."""
        for i, word in enumerate(encode(point, number)):
            self._written[point.kind, point.address + i] = word

    def words(self, point: Point) -> list[int]:
        """What a writable point holds."""
        return [self._written.get((point.kind, a), 0) for a in range(point.address, point.end)]

    def number(self, point: Point) -> int:
        """What a writable point holds, as one number."""
        value = decode(point, self.words(point)).value
        return int(value) if isinstance(value, int | float) else 0

    def check_read(self, table: Table, address: int, count: int) -> None:
        """Refuse what such a device would not let be read."""
        if table not in self._ends:
            raise Refused(ILLEGAL_FUNCTION)
        most = self._link.max_read_registers
        if table in ("coil", "discrete"):
            most = self._link.max_read_bits
        if count > most:
            raise Refused(ILLEGAL_VALUE)
        wanted = range(address, address + count)
        holes = self._refuses_holes and any((table, a) not in self._at for a in wanted)
        forbidden = any(
            span.kind == table and address < span.end and span.address < address + count
            for span in self._link.forbid_read
        )
        if holes or forbidden or address + count > self._ends[table]:
            raise Refused(ILLEGAL_ADDRESS)

    def write(self, table: Table, address: int, values: Sequence[int]) -> frozenset[str]:
        """Take ``values``, all or none; the names of the points that were written."""
        if not any(point.writable and point.kind == table for point in self._at.values()):
            raise Refused(ILLEGAL_FUNCTION)
        if table == "holding" and len(values) > self._link.max_write_registers:
            raise Refused(ILLEGAL_VALUE)
        new = {(table, address + i): value for i, value in enumerate(values)}
        points: Mapping[str, Point] = {
            self._at[at].name: self._at[at] for at in new if at in self._at
        }
        if len(points) == 0 or any(at not in self._at or not self._at[at].writable for at in new):
            raise Refused(ILLEGAL_ADDRESS)
        after = {**self._written, **new}
        for point in points.values():
            held = [after.get((table, a), 0) for a in range(point.address, point.end)]
            if point.range is not None and decode(point, held).fault:
                raise Refused(ILLEGAL_VALUE)
        self._written = after
        return frozenset(points)
