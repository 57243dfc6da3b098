"""``python -m drivers epc HEX``: says what the number of a tag is."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from drivers.tag_numbers.identify import identify
from drivers.tag_numbers.number import BadNumber, Scheme

FAILED = 1


def epc(
    number: Annotated[str, typer.Argument(metavar="HEX", help="The EPC or UII as read.")],
    pc: Annotated[str, typer.Option("--pc", metavar="HEX", help="Its PC word, 4 digits.")] = "",
    scheme: Annotated[
        list[str] | None, typer.Option(help="A scheme in use here; may be given again.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """What the number of a tag is; exits with 1 when it cannot be told."""
    try:
        found = identify(number, _word(pc), scheme or None)
    except BadNumber as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error
    document = asdict(found)
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False))
    else:
        for key, value in document.items():
            typer.echo(f"{key:<15} {'' if value is None else value}".rstrip())
    if found.scheme is Scheme.UNKNOWN:
        raise typer.Exit(FAILED)


def _word(text: str) -> int | None:
    if not text:
        return None
    try:
        return int(text, 16)
    except ValueError as error:
        raise BadNumber(f"{text!r} is no PC word in hexadecimal") from error
