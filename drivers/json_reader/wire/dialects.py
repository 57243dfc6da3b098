"""The kinds of JSON there are: how a stream of it is cut, and what a text of it means."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from drivers.json_reader.wire.document import Document
from drivers.json_reader.wire.framing import Lines, Objects, Splitter
from drivers.json_reader.wire.impinj import decode_impinj
from drivers.json_reader.wire.zebra import decode_zebra

Format = Literal["impinj", "zebra"]


class Dialect(NamedTuple):
    """One make's JSON."""

    splitter: Callable[[], Splitter]
    """For a stream; over MQTT each message is one text."""
    decode: Callable[[bytes], Document]


DIALECTS: Mapping[Format, Dialect] = {
    "impinj": Dialect(Lines, decode_impinj),
    "zebra": Dialect(Objects, decode_zebra),
}
