"""``controller climate-metrics``: what a conservator would try first, on a logger's file."""

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from controller.climate.logger_file import (
    CHINA,
    LoggerFile,
    LoggerSeries,
    UnreadableLoggerFile,
    joined,
    read_logger_file,
)
from controller.domain.preservation.fluctuation import FluctuationBand
from controller.domain.preservation.record import Extremes, Sample
from controller.domain.preservation.summary import ClimateSummary, summarise

FAILED, FINDINGS = 1, 3


class DateOrder(StrEnum):
    """In which order a date is written."""

    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"


def climate_metrics(
    files: Annotated[
        list[Path], typer.Argument(metavar="LOGGER_FILE...", help="CSV, XLSX or XLS, of any make.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of text.")
    ] = False,
    zone: Annotated[
        str, typer.Option(help="Time zone of times without one, such as Europe/London.")
    ] = "",
    dates: Annotated[
        DateOrder | None, typer.Option(help="Order of day, month and year, where it is unclear.")
    ] = None,
) -> None:
    """Compute every preservation metric of a logger's file; nothing is stored.

    Exit 0: all computed; 1: a file cannot be read; 3: a series has too few readings.
    """
    try:
        known_zone = ZoneInfo(zone) if zone else CHINA
        read = [read_logger_file(file, zone=known_zone, order=dates) for file in files]
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise _ended(f"--zone {zone}: is no time zone; try Asia/Shanghai") from error
    except UnreadableLoggerFile as error:
        raise _ended(str(error)) from error
    rows = [_metrics(name, series) for name, series in joined(read)]
    if as_json:
        document = {"files": [_file(one) for one in read], "series": rows}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _tell(read, rows)
    if any("problem" in row for row in rows):
        raise typer.Exit(FINDINGS)


def _ended(text: str) -> typer.Exit:
    typer.echo(text, err=True)
    return typer.Exit(FAILED)


def _file(file: LoggerFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "read_as": list(file.told),
        "rows": file.rows,
        "rejected": dict(file.rejected),
    }


def _metrics(name: str, series: LoggerSeries) -> dict[str, Any]:
    samples = [
        Sample(
            at_s=one.at.timestamp(),
            temperature_c=one.temperature_c,
            relative_humidity_percent=one.relative_humidity_percent,
        )
        for one in series.readings
        if one.temperature_c is not None and one.relative_humidity_percent is not None
    ]
    if len(samples) < 2:
        return {"name": name, "problem": "fewer than two readings of temperature and humidity"}
    times = [series.readings[0].at.isoformat(), series.readings[-1].at.isoformat()]
    return {"name": name, "from": times[0], "to": times[1], **described(summarise(samples))}


def described(summary: ClimateSummary) -> dict[str, Any]:
    """A summary as plain values; units stand in the names, ``null`` is too little known."""
    record = summary.record
    return {
        "samples": record.samples,
        "interval_s": record.interval_s,
        "coverage_percent": 100 * record.coverage,
        "temperature_c": _range(record.temperature_c, summary.mean_temperature_c),
        "relative_humidity_percent": _range(
            record.relative_humidity_percent, summary.mean_relative_humidity_percent
        ),
        "dew_point_c": _range(summary.dew_point_c),
        "mean_mixing_ratio_g_kg": summary.mean_mixing_ratio_g_kg,
        "twpi_years": record.twpi_years,
        "outside_index_range_percent": 100 * record.clamped_s / max(record.known_s, 1e-9),
        "equivalent_lifetime_multiplier": record.equivalent_lifetime,
        "emc_wood_percent": _range(record.wood_moisture_percent),
        "emc_paper_percent": _range(record.paper_moisture_percent),
        "emc_wood_swing_percent": summary.moisture_swing_percent,
        "mould_index_highest": record.mould.highest,
        "mould_index_at_end": record.mould.index,
        "en15757": _band(summary.fluctuation),
        "ashrae": {
            one.name: {"share_percent": 100 * one.share, "met": one.met} for one in summary.classes
        },
        "presets": {
            name: {
                "temperature_percent": 100 * kept.temperature,
                "relative_humidity_percent": 100 * kept.relative_humidity,
                "both_percent": 100 * kept.both,
                "daily_change_percent": None if kept.daily is None else 100 * kept.daily,
            }
            for name, kept in summary.presets.items()
        },
    }


def _range(extremes: Extremes, mean: float | None = None) -> dict[str, float | None]:
    ends = {"lowest": extremes.lowest, "highest": extremes.highest}
    return ends if mean is None else {**ends, "mean": mean}


def _band(band: FluctuationBand | None) -> dict[str, float | bool] | None:
    if band is None:
        return None
    return {
        "hours": band.hours,
        "p7": band.low_percentile,
        "p93": band.high_percentile,
        "lowest_percent": band.lowest_percent,
        "highest_percent": band.highest_percent,
        "thirteen_months": band.long_enough,
    }


def _tell(files: list[LoggerFile], rows: list[dict[str, Any]]) -> None:
    for file in files:
        for line in file.told:
            typer.echo(line)
        for reason, count in file.rejected.items():
            typer.echo(f"  {count} × {reason}")
    for row in rows:
        typer.echo("")
        _tell_mapping(row, "")


def _tell_mapping(values: Mapping[str, Any], indent: str) -> None:
    width = max(len(name) for name in values)
    for name, value in values.items():
        if isinstance(value, Mapping) and any(isinstance(v, Mapping) for v in value.values()):
            typer.echo(f"{indent}{name}")
            _tell_mapping(value, indent + "  ")
        elif isinstance(value, Mapping):
            typer.echo(f"{indent}{name:<{width}}  {_inline(value)}")
        else:
            typer.echo(f"{indent}{name:<{width}}  {_plain(value)}")


def _inline(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_plain(value)}" for name, value in values.items())


def _plain(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.5g}" if isinstance(value, float) else str(value)
