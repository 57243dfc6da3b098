"""``controller climate-report``: one room's month, on demand."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from controller.clock import system_clock
from controller.config import SiteFileError, load_site
from controller.person import who
from controller.reporting.fonts import NoChineseFont
from controller.reporting.making import make
from controller.reporting.month import Month, month_of
from controller.service import open_site_store
from controller.store.database import StoreError

FAILED = 1


class Language(StrEnum):
    """Languages of a report."""

    ZH_CN = "zh-CN"
    EN = "en"


class Format(StrEnum):
    """File formats of a report."""

    PDF = "pdf"
    XLSX = "xlsx"


def climate_report(
    site_file: Annotated[Path, typer.Argument(help="The site file (TOML).", show_default=False)],
    room: Annotated[str, typer.Option(help="The room's id in the site file.")],
    month: Annotated[str, typer.Option(help="Year and month, such as 2026-10.")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    lang: Annotated[Language, typer.Option(help="Language of the report.")] = Language.ZH_CN,
    form: Annotated[Format, typer.Option("--format", help="PDF or XLSX.")] = Format.PDF,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was made as one JSON document.")
    ] = False,
) -> None:
    """Make a room's monthly climate report; a copy is kept in the store.

    Exit 0: written; 1: it cannot be made, and why; 2: wrong usage.
    """
    try:
        site = load_site(site_file)
        found = next((one for one in site.rooms if one.id == room), None)
        if found is None:
            known = ", ".join(one.id for one in site.rooms)
            raise typer.BadParameter(f"no room {room!r}; the site has {known}")
        asked = _month(month, site.site.timezone)
        engine = open_site_store(site)
        try:
            made = make(
                engine,
                site,
                room=found,
                month=asked,
                language=lang.value,
                form=form.value,
                by=who(),
                now=system_clock().utc,
            )
        finally:
            engine.dispose()
        out.write_bytes(made.body)
    except (SiteFileError, StoreError, NoChineseFont) as error:
        raise _ended(str(error)) from error
    except OSError as error:
        raise _ended(f"{out}: cannot be written: {error.strerror}") from error
    view = made.view
    if as_json:
        told = {name: str(getattr(view, name)) for name in ("id", "room", "month", "language")}
        told |= {"format": view.format, "figures_sha256": view.figures_sha256}
        typer.echo(json.dumps({**told, "sha256": view.sha256, "file": str(out), "size": view.size}))
    else:
        typer.echo(f"{out}: {view.size} bytes, figures {view.figures_sha256[:12]}", err=True)


def _month(text: str, zone: str) -> Month:
    try:
        return month_of(text, ZoneInfo(zone))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _ended(text: str) -> typer.Exit:
    typer.echo(text, err=True)
    return typer.Exit(FAILED)
