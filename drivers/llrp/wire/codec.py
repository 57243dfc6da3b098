"""Frames to messages and back, byte-exact, by the tables of the standard alone.

Custom parameters and unknown types keep their octets; a frame either decodes whole or is
``Garbled`` whole, so that one bad frame costs one message.
"""

from collections.abc import Mapping

from drivers.errors import Garbled
from drivers.llrp.wire.framing import HEADER, MAX_FRAME_BYTES
from drivers.llrp.wire.messages import MESSAGES
from drivers.llrp.wire.parameters import PARAMETERS
from drivers.llrp.wire.schema import Definition, Field, Run
from drivers.llrp.wire.values import Bits, Message, Parameter, Value

MAX_DEPTH = 16
"""The deepest nesting of the standard is seven; ``ParameterError`` may contain itself."""
MAX_PARAMETERS = 1 << 18
"""In one message; bounds the memory a hostile peer can make us spend on 4 MiB of tiny ones."""

_TV = 0x80
"""Set in the first octet of a type-value parameter; all others have numbers above it."""
_TYPE_BITS = 0x3FF
_ELEMENT_SIZE = {"u8v": 1, "u16v": 2, "u32v": 4}


def decode(frame: bytes) -> Message:
    """The message in ``frame``, which is one whole frame of a `Framer`.

    Raises:
        Garbled: the frame breaks the rules of its own type.
    """
    if len(frame) < HEADER.size:
        raise Garbled(f"{len(frame)} bytes are no frame")
    first, length, id_ = HEADER.unpack_from(frame)
    version, kind = first >> 10, first & _TYPE_BITS
    if length != len(frame) or not 1 <= version <= 7:
        raise Garbled(f"no LLRP header: {frame[: HEADER.size].hex(' ')}")
    definition = MESSAGES.by_number.get(kind)
    if definition is None:
        raw = {"Data": frame[HEADER.size :]}
        return Message(kind=kind, id=id_, version=version, fields=raw)
    reader = _Reader(frame)
    fields = reader.fields(definition, HEADER.size, length)
    inner = reader.parameters(reader.at, length, MAX_DEPTH)
    return Message(kind=kind, id=id_, version=version, fields=fields, parameters=inner)


def encode(message: Message) -> bytes:
    """The frame of ``message``.

    Raises:
        ValueError: a value does not fit its field, or the whole does not fit a frame.
    """
    definition = MESSAGES.by_number.get(message.kind)
    body = _encoded(definition, message.fields) + _joined(message.parameters)
    length = HEADER.size + len(body)
    if length > MAX_FRAME_BYTES:
        raise ValueError(f"a frame of {length} bytes is too long")
    return HEADER.pack(message.version << 10 | message.kind, length, message.id) + body


class _Reader:
    """Walks one frame; ``at`` is where the fields read last ended."""

    def __init__(self, frame: bytes) -> None:
        self._frame = frame
        self._count = 0
        self.at = 0

    def fields(self, definition: Definition, start: int, end: int) -> Mapping[str, Value]:
        self.at = start
        values: dict[str, Value] = {}
        for step in definition.plan:
            if isinstance(step, Run):
                self._run(definition, step, end, values)
            else:
                values[step.name] = self._field(definition, step, end)
        return values

    def parameters(self, start: int, end: int, depth: int) -> tuple[Parameter, ...]:
        if start == end:
            return ()
        if depth == 0:
            raise Garbled(f"parameters nest deeper than {MAX_DEPTH}")
        found = []
        while start < end:
            inner, start = self._parameter(start, end, depth)
            found.append(inner)
        return tuple(found)

    def _parameter(self, start: int, end: int, depth: int) -> tuple[Parameter, int]:
        self._count += 1
        if self._count > MAX_PARAMETERS:
            raise Garbled(f"more than {MAX_PARAMETERS} parameters in one message")
        if self._frame[start] & _TV:
            return self._type_value(start, end)
        if end - start < 4:
            raise Garbled(f"a parameter of {end - start} bytes has no head")
        kind = int.from_bytes(self._frame[start : start + 2])
        stop = start + int.from_bytes(self._frame[start + 2 : start + 4])
        if not _TV <= kind <= _TYPE_BITS or not start + 4 <= stop <= end:
            head = self._frame[start : start + 4].hex(" ")
            raise Garbled(f"no parameter head: {head}, {end - start} bytes left")
        definition = PARAMETERS.by_number.get(kind)
        if definition is None:
            return Parameter(kind=kind, fields={"Data": self._frame[start + 4 : stop]}), stop
        fields = self.fields(definition, start + 4, stop)
        inner = self.parameters(self.at, stop, depth - 1)
        return Parameter(kind=kind, fields=fields, parameters=inner), stop

    def _type_value(self, start: int, end: int) -> tuple[Parameter, int]:
        """One octet of head, a length the type implies (16.2.1.1).

        An unknown type has an unknown length, so that everything to the end belongs to it.
        """
        kind = self._frame[start] & ~_TV
        definition = PARAMETERS.by_number.get(kind)
        if definition is None:
            return Parameter(kind=kind, fields={"Data": self._frame[start + 1 : end]}), end
        fields = self.fields(definition, start + 1, end)
        return Parameter(kind=kind, fields=fields), self.at

    def _take(self, owner: Definition, size: int, end: int) -> bytes:
        if self.at + size > end:
            raise Garbled(f"{owner.name} needs {size} bytes, {end - self.at} are left")
        taken = self._frame[self.at : self.at + size]
        self.at += size
        return taken

    def _run(self, owner: Definition, run: Run, end: int, values: dict[str, Value]) -> None:
        whole = int.from_bytes(self._take(owner, run.size, end))
        if whole & run.reserved:
            raise Garbled(f"{owner.name} sets reserved bits")
        for slot in run.slots:
            value = whole >> slot.shift & slot.mask
            if slot.signed and value > slot.mask >> 1:
                value -= slot.mask + 1
            values[slot.name] = value

    def _field(self, owner: Definition, field: Field, end: int) -> Value:
        if field.type == "rest":
            return self._take(owner, end - self.at, end)
        if field.octets:
            return self._take(owner, field.octets, end)
        count = int.from_bytes(self._take(owner, 2, end))
        if field.type == "u1v":
            return Bits(count, self._take(owner, (count + 7) // 8, end))
        size = _ELEMENT_SIZE.get(field.type, 1)
        content = self._take(owner, count * size, end)
        if field.type == "u8v":
            return content
        if field.type == "utf8v":
            return content.decode("utf-8", "surrogateescape")
        return tuple(int.from_bytes(content[i : i + size]) for i in range(0, len(content), size))


def _joined(parameters: tuple[Parameter, ...]) -> bytes:
    return b"".join(map(_encoded_parameter, parameters))


def _encoded_parameter(parameter: Parameter) -> bytes:
    definition = PARAMETERS.by_number.get(parameter.kind)
    body = _encoded(definition, parameter.fields) + _joined(parameter.parameters)
    if parameter.kind < _TV:
        return bytes((_TV | parameter.kind,)) + body
    if len(body) > 0xFFFF - 4:
        raise ValueError(f"{parameter.name}: {len(body)} bytes do not fit a parameter")
    return parameter.kind.to_bytes(2) + (4 + len(body)).to_bytes(2) + body


def _encoded(definition: Definition | None, fields: Mapping[str, Value]) -> bytes:
    if definition is None:
        raw = fields["Data"]
        if not isinstance(raw, bytes):
            raise ValueError("an unknown type needs its octets as Data")
        return raw
    parts = []
    for step in definition.plan:
        if isinstance(step, Run):
            parts.append(_encoded_run(definition, step, fields))
        else:
            parts.append(_encoded_field(definition, step, fields[step.name]))
    return b"".join(parts)


def _encoded_run(owner: Definition, run: Run, fields: Mapping[str, Value]) -> bytes:
    whole = 0
    for slot in run.slots:
        value = fields[slot.name]
        low = -(slot.mask >> 1) - 1 if slot.signed else 0
        if not isinstance(value, int) or not low <= value <= low + slot.mask:
            raise ValueError(f"{owner.name}.{slot.name}: {value!r} does not fit")
        whole |= (value & slot.mask) << slot.shift
    return whole.to_bytes(run.size)


def _encoded_field(owner: Definition, field: Field, value: Value) -> bytes:
    match value:
        case Bits() if field.type == "u1v" and len(value.octets) == (value.length + 7) // 8:
            count, content = value.length, value.octets
        case str() if field.type == "utf8v":
            content = value.encode("utf-8", "surrogateescape")
            count = len(content)
        case bytes() if field.type == "u8v":
            count, content = len(value), value
        case bytes() if field.type == "rest" or field.octets == len(value) > 0:
            return value
        case tuple() if field.type in ("u16v", "u32v"):
            size = _ELEMENT_SIZE[field.type]
            count, content = len(value), b"".join(int(v).to_bytes(size) for v in value)
        case _:
            raise ValueError(f"{owner.name}.{field.name}: {value!r} does not fit")
    if count > 0xFFFF:
        raise ValueError(f"{owner.name}.{field.name}: {count} elements do not fit")
    return count.to_bytes(2) + content
