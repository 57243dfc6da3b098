"""Recordings of what a reader and its driver said to each other, byte for byte, with times.

A recording is JSON lines, so that any tool can read it and a torn end loses one line. The first
line is the header ``{"recording": 1, "kind": "llrp", "peer": "10.0.0.7:5084", "began": "…Z"}``;
each further line has ``t``, seconds since the beginning, and one of

* ``"opened": "…"``: a connection was made, with whom;
* ``"from": "reader"`` or ``"driver"`` with ``"hex"``: bytes, as they arrived in one piece;
* ``"closed": "…"``: the connection ended, and why.

Pieces are what the network made of frames: a frame's time is that of the piece it ends in.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import IO, Any, Literal, Self, TypeAlias, cast

VERSION = 1

Side: TypeAlias = Literal["reader", "driver"]


class BadRecording(Exception):
    """A file that is no recording, or one damaged elsewhere than at its end; says where."""


class NotRecorded(Exception):
    """The recording cannot be written any more: the disk is full, or gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a recording is of."""

    kind: str
    """The protocol: ``llrp``, ``r200``, ``uhf288`` or ``cfm``."""
    peer: str
    began: datetime
    """When, by the clock of the machine that recorded it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A connection was made."""

    t_s: float
    peer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Bytes that arrived together."""

    t_s: float
    side: Side
    """Who said it."""
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A connection ended."""

    t_s: float
    reason: str


Entry: TypeAlias = Opened | Piece | Closed


class Recorder:
    """Writes one recording; callable from several threads, each line written through at once.

    Whatever cannot be written raises `NotRecorded`.
    """

    def __init__(self, path: Path, *, kind: str, peer: str) -> None:
        """Make the file at ``path``; its file system says what time it is.

        Raises:
            NotRecorded: it exists already, or cannot be made.
        """
        try:
            self._file: IO[str] = path.open("x", encoding="ascii", buffering=1)
        except OSError as error:
            raise NotRecorded(f"{path}: {error.strerror}") from error
        self.peer = peer
        """Whom it is of."""
        self._writing = threading.Lock()
        self._start = monotonic()
        began = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        stamp = began.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._line({"recording": VERSION, "kind": kind, "peer": peer, "began": stamp})

    def opened(self, peer: str) -> None:
        """Note that a connection was made."""
        self._entry({"opened": peer})

    def said(self, side: Side, data: bytes) -> None:
        """Note that ``side`` said ``data``."""
        self._entry({"from": side, "hex": data.hex()})

    def closed(self, reason: str) -> None:
        """Note that the connection ended."""
        self._entry({"closed": reason})

    def _entry(self, content: dict[str, str]) -> None:
        with self._writing:
            self._line({"t": round(monotonic() - self._start, 6)} | content)

    def _line(self, content: dict[str, Any]) -> None:
        try:
            self._file.write(json.dumps(content) + "\n")
        except OSError as error:
            raise NotRecorded(f"{self._file.name}: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):  # what could not be written has been said
            self._file.close()


class Recording:
    """One recording, read from its beginning; memory is bounded by its longest line."""

    def __init__(self, path: Path) -> None:
        """Open the recording at ``path``.

        Raises:
            BadRecording: there is none.
        """
        self._path = path
        self.torn = False
        """Whether the last line was incomplete; known when `entries` has ended."""
        try:
            with path.open("rb") as file:
                self.header = self._header(file.readline())
        except OSError as error:
            raise BadRecording(f"{path}: cannot be read: {error.strerror}") from error

    def entries(self) -> Iterator[Entry]:
        """What happened, in order; a last line that was not finished is left out.

        Raises:
            BadRecording: a line before the last cannot be understood.
        """
        with self._path.open("rb") as file:
            file.readline()
            for number, line in enumerate(file, start=2):
                if not line.endswith(b"\n"):
                    self.torn = True
                    return
                try:
                    yield _entry(line)
                except (ValueError, KeyError, TypeError) as error:
                    raise BadRecording(f"{self._path}: line {number} is damaged") from error

    def _header(self, line: bytes) -> Header:
        try:
            said = json.loads(line)
            version = said["recording"]
            if version == VERSION:
                began = datetime.fromisoformat(said["began"])
                return Header(kind=str(said["kind"]), peer=str(said["peer"]), began=began)
        except (ValueError, KeyError, TypeError) as error:
            raise BadRecording(f"{self._path}: is no recording") from error
        raise BadRecording(f"{self._path}: is of version {version}, this reads {VERSION}")


def _entry(line: bytes) -> Entry:
    said = json.loads(line)
    t_s = float(said["t"])
    if "from" in said:
        if said["from"] not in ("reader", "driver"):
            raise ValueError("neither reader nor driver")
        side = cast(Side, said["from"])
        return Piece(t_s=t_s, side=side, data=bytes.fromhex(said["hex"]))
    if "opened" in said:
        return Opened(t_s=t_s, peer=str(said["opened"]))
    return Closed(t_s=t_s, reason=str(said["closed"]))
