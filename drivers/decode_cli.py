"""``python -m drivers decode KIND FILE``: what a file of recorded frames says."""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, BinaryIO

import typer

from drivers.readers_cli import FAILED, KindOf
from drivers.streams import STREAMS, Said, Stream

CHUNK_BYTES = 1 << 16


def decode(
    kind: KindOf,
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(help="Concatenated frames; - is standard input.", show_default=False),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Encode everything again and only count.")
    ] = False,
) -> None:
    """Every message of a file of frames; exits with 1 when some of it was none."""
    stream = STREAMS[kind]()
    messages = exact = 0
    for said in _all(stream, file):
        messages += 1
        exact += said.exact
        if not check:
            _print(said.describe(), as_json=as_json)
    if check:
        typer.echo(json.dumps({"messages": messages, "exact": exact, "bad": stream.bad}))
    elif stream.bad:
        typer.echo(f"{stream.bad} frames or stretches of bytes were not understood", err=True)
    if stream.bad or (check and exact != messages):
        raise typer.Exit(FAILED)


def _all(stream: Stream, file: BinaryIO) -> Iterator[Said]:
    while chunk := file.read(CHUNK_BYTES):
        yield from stream.feed(chunk)
    yield from stream.finish()


def _print(document: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False))
    else:
        for line in outlined(document):
            typer.echo(line)


def outlined(document: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """``document`` for people: one line for itself, then what it contains, further in."""
    fields = document.get("fields", {})
    flat = {key: value for key, value in document.items() if key not in ("fields", "parameters")}
    title = flat.pop("message", None) or flat.pop("parameter", None)
    if title is not None:
        flat.pop("type", None)
    words = [str(title)] if title is not None else []
    words += [f"{key}={_shown(value)}" for key, value in (flat | fields).items()]
    yield "  " * depth + " ".join(words)
    for inner in document.get("parameters", ()):
        yield from outlined(inner, depth + 1)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if text and " " not in text else json.dumps(text, ensure_ascii=False)
