"""``python -m drivers replay FILE``: a recording, through the codecs of the drivers again."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from drivers.errors import Garbled
from drivers.readers_cli import fail
from drivers.recording import BadRecording, Closed, Entry, Opened, Piece, Recording
from drivers.streams import STREAMS, Said, Stream


def replay(
    file: Annotated[Path, typer.Argument(help="The recording.", show_default=False)],
    speed: Annotated[
        float, typer.Option(min=0, help="1 is as it was, 10 is ten times; 0 does not wait.")
    ] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """What the driver hears in a recording: every read, with its time; a summary on stderr."""
    try:
        recording = Recording(file)
        kind = recording.header.kind
        if kind not in STREAMS:
            fail(f"{file}: is of {kind}, which is not known here")
        replayed = Replayed(kind)
        for entry in _paced(recording.entries(), speed):
            for document in replayed.take(entry):
                typer.echo(json.dumps(document) if as_json else _line(document))
    except BadRecording as error:
        fail(error)
    for document in replayed.end():
        typer.echo(json.dumps(document) if as_json else _line(document))
    typer.echo(json.dumps({**replayed.counts, "torn": recording.torn}), err=True)


class Replayed:
    """Feeds what the reader said through a new codec for each connection."""

    def __init__(self, kind: str) -> None:
        self._begin = STREAMS[kind]
        self._stream: Stream = self._begin()
        self._t_s = 0.0
        self.counts: Counter[str] = Counter(connections=0, messages=0, reads=0, bad=0)

    def take(self, entry: Entry) -> Iterator[dict[str, Any]]:
        """What there is to tell of ``entry``."""
        self._t_s = entry.t_s
        match entry:
            case Opened():
                yield from self.end()
                self._stream = self._begin()
                self.counts["connections"] += 1
                yield {"t": entry.t_s, "opened": entry.peer}
            case Closed():
                yield from self.end()
                yield {"t": entry.t_s, "closed": entry.reason}
            case Piece(side="reader"):
                yield from self._told(self._stream.feed(entry.data))
            case Piece():
                pass

    def end(self) -> Iterator[dict[str, Any]]:
        """The connection is over: what can still be told of an unfinished frame."""
        yield from self._told(self._stream.finish())
        self.counts["bad"] += self._stream.bad
        self._stream = self._begin()

    def _told(self, messages: Iterator[Said]) -> Iterator[dict[str, Any]]:
        for said in messages:
            self.counts["messages"] += 1
            try:
                reads = said.read()
            except Garbled:
                self.counts["bad"] += 1
                continue
            self.counts["reads"] += len(reads)
            yield from ({"t": self._t_s} | read._asdict() for read in reads)


def _paced(entries: Iterator[Entry], speed: float) -> Iterator[Entry]:
    """``entries``, as far apart as they were, divided by ``speed``."""
    pause, before_s = threading.Event(), 0.0
    for entry in entries:
        if speed:
            pause.wait(max(0.0, entry.t_s - before_s) / speed)
        before_s = entry.t_s
        yield entry


def _line(document: dict[str, Any]) -> str:
    t_s = f"{document['t']:>12.6f}"
    if "epc" not in document:
        return " ".join([t_s, *(f"{k}: {v}" for k, v in document.items() if k != "t")])
    rssi = document["rssi_dbm"]
    strength = "" if rssi is None else f" {rssi:g} dBm"
    return f"{t_s} {document['epc']} antenna {document['antenna']}{strength}"
