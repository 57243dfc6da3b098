"""Logger files as the usual makes write them: header, dates, units and columns are found."""

import codecs
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from controller.climate.logger_file import (
    LoggerFile,
    LoggerReading,
    UnreadableLoggerFile,
    joined,
    read_logger_file,
)
from tests.services import require_shared

FIRST = datetime(2025, 11, 20, 16, tzinfo=UTC)
"""Midnight of the 21st in China."""


def reading(at: datetime, t: float | None, rh: float | None) -> LoggerReading:
    return LoggerReading(at=at, temperature_c=t, relative_humidity_percent=rh)


def read(tmp_path: Path, text: str, *, encoding: str = "utf-8", order: str = "") -> LoggerFile:
    path = tmp_path / "logger.csv"
    path.write_bytes(text.encode(encoding))
    return read_logger_file(path, order=order or None)


EXPORTS = {
    "day and time behind, a header of ten lines": (
        "\nDatabase Valid\n Sensor:,Thermistor/RH\n Serial No:,0000\n"
        " Data Starts:,00:00 21/Nov/2025\n"
        "\nTime, Temperature (C),Humidity (RH(%)),\n"
        "00:00:00 21/Nov/2025,18.5,40.5,\n00:30:00 21/Nov/2025,18.4,40.4,\n"
        "01:00:00 21/Nov/2025,18.3,40.3,\n"
    ),
    "humidity first, day and clock in two columns": (
        "[#I]Device,,,\nLog Interval = 00:30:00,,,\n,,,\n[#H],,,\nDate,Time,Humidity,Temperature\n"
        ",,,\n"
        "21/11/2025,00:00:00,40.5,18.5\n21/11/2025,00:30:00,40.4,18.4\n"
        "21/11/2025,01:00:00,40.3,18.3\n"
    ),
    "names above, units below, a spreadsheet's day beside": (
        '"Date/Time","Date/Time","No.1","No.2","No.3"\n"","","lx","°C","%"\n'
        '"2025-11-21 00:00:00","45982.0","21","18.5","40.5"\n'
        '"2025-11-21 00:30:00","45982.020833","21","18.4","40.4"\n'
        '"2025-11-21 01:00:00","45982.041667","21","18.3","40.3"\n'
    ),
    "what it is in the lowest line, the device above": (
        ",Time,1,2\nS/N,,000,000\nType,,TGU °C/%RH,TGU °C/%RH\nProperty,,Temperature,Humidity\n"
        "1,2025-11-21 00:00:00,18.5,40.5\n2,2025-11-21 00:30:00,18.4,40.4\n"
        "3,2025-11-21 01:00:00,18.3,40.3\n"
    ),
    "decimal commas between semicolons": (
        "Datum/Zeit;Temperatur [°C];rel. Humidity [%rF]\n21.11.2025 00:00:00;18,5;40,5\n"
        "21.11.2025 00:30:00;18,4;40,4\n21.11.2025 01:00:00;18,3;40,3\n"
    ),
    "Fahrenheit, a title, twelve hours": (
        '"Plot Title: store"\n"#","Date Time, GMT+08:00","Temp, °F","RH, %","Dew Point, °F"\n'
        "1,11/21/25 12:00:00 AM,65.3,40.5,41\n2,11/21/25 12:30:00 AM,65.12,40.4,41\n"
        "3,11/21/25 01:00:00 AM,64.94,40.3,41\n"
    ),
    "Chinese headings, units in the cells": (
        "温湿度记录\n序号,时间,温度(℃),湿度(%RH),报警上限\n"
        "1,2025年11月21日 00时00分00秒,18.5℃,40.5%RH,60\n"
        "2,2025年11月21日 00时30分00秒,18.4℃,40.4%RH,60\n"
        "3,2025年11月21日 01时00分00秒,18.3℃,40.3%RH,60\n"
    ),
    "headings exchanged": (
        "时间\t湿度\t温度\n2025/11/21 0:00\t18.5\t40.5\n2025/11/21 0:30\t18.4\t40.4\n"
        "2025/11/21 1:00\t18.3\t40.3\n"
    ),
}


@pytest.mark.parametrize("make", EXPORTS)
def test_every_usual_export_gives_the_same_readings(make: str, tmp_path: Path) -> None:
    (series,) = read(tmp_path, EXPORTS[make]).series
    assert [one.at for one in series.readings] == [
        FIRST + n * timedelta(minutes=30) for n in range(3)
    ]
    assert [one.temperature_c for one in series.readings] == pytest.approx([18.5, 18.4, 18.3])
    assert [one.relative_humidity_percent for one in series.readings] == [40.5, 40.4, 40.3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_the_encoding_is_found(encoding: str, tmp_path: Path) -> None:
    (series,) = read(
        tmp_path, EXPORTS["Chinese headings, units in the cells"], encoding=encoding
    ).series
    assert series.readings[0] == reading(FIRST, 18.5, 40.5)


def test_latin_degrees_are_no_chinese(tmp_path: Path) -> None:
    text = EXPORTS["names above, units below, a spreadsheet's day beside"]
    file = read(tmp_path, text, encoding="latin-1")
    assert "Latin-1" in file.told[0]
    assert file.series[0].readings[0] == reading(FIRST, 18.5, 40.5)


def test_a_workbook_is_read_sheet_by_sheet_and_what_has_no_readings_is_named(
    tmp_path: Path,
) -> None:
    path = tmp_path / "book.xls"  # the bytes decide, not the name
    book = xlsxwriter.Workbook(path)
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet("store")
    sheet.write_row(0, 0, ["Site", "Date", "Temp", "RH"])
    for row in range(1, 4):
        sheet.write(row, 0, "east")
        sheet.write_datetime(row, 1, datetime(2025, 11, 21, row), day)  # noqa: DTZ001 -- a cell
        sheet.write_row(row, 2, [18.5, 40.5])
    book.add_worksheet("notes").write(0, 0, "nothing")
    book.close()
    file = read_logger_file(path)
    assert [(one.label, len(one.readings)) for one in file.series] == [("east", 3)]
    assert file.series[0].readings[0].at == FIRST + timedelta(hours=1)
    assert any("notes" in line for line in file.told)


def test_what_is_no_value_is_counted_and_never_a_number(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        "time,temp,rh\n2025-11-21 00:00,18.5,40\n2025-11-21 01:00,18.5,40\n"
        "2025-11-21 02:00,18.5,40\n"
        "2025-11-21 03:00,85.0,40\n2025-11-21 04:00,Err,0\n2025-11-21 05:00,,101\n"
        "2025-11-21 05:00,20,50\nlogging stopped,,\n2025-11-21 06:00,-127.0,50\n"
        "2025-11-21 07:00,99,50\n",
    )
    assert file.rejected == {
        "temperature of a broken probe": 2,
        "temperature missing": 2,
        "humidity out of range": 2,
        "time that was there already": 1,
        "line without a time": 1,
        "temperature out of range": 1,
    }
    values = [one.temperature_c for one in file.series[0].readings]
    assert values == [18.5, 18.5, 18.5, None, None, None, None, None]


def test_loggers_in_one_file_are_told_apart(tmp_path: Path) -> None:
    rows = "".join(
        f"lib,{name},2025-11-21 0{hour}:00,{18 + hour},40\n" for hour in range(3) for name in "AB"
    )
    file = read(tmp_path, "RECEIVER,TRANSMITTER,DATE,TEMPERATURE,HUMIDITY\n" + rows)
    assert [(one.label, len(one.readings)) for one in file.series] == [
        ("lib / A", 3),
        ("lib / B", 3),
    ]


def test_the_rhythm_tells_day_from_month(tmp_path: Path) -> None:
    days = [datetime(2025, 2, 1, tzinfo=UTC) + timedelta(days=n) for n in range(12)]
    text = "date,temp,rh\n" + "".join(f"{day:%d/%m/%Y},18,40\n" for day in days)
    (series,) = read(tmp_path, text).series
    assert series.readings[-1].at == datetime(2025, 2, 11, 16, tzinfo=UTC)


def test_where_the_rhythm_does_not_tell_a_person_is_asked(tmp_path: Path) -> None:
    text = "date,temp,rh\n" + "".join(f"02/01/2025 0{hour}:00,18,40\n" for hour in range(5))
    with pytest.raises(UnreadableLoggerFile, match="dmy or mdy; say which with --dates"):
        read(tmp_path, text)
    assert read(tmp_path, text, order="mdy").series[0].readings[0].at.month == 1
    assert read(tmp_path, text, order="dmy").series[0].readings[0].at.day == 1


def test_the_zone_counts_where_none_is_written(tmp_path: Path) -> None:
    path = tmp_path / "london.csv"
    path.write_text("time,t,rh\n" + "".join(f"2025-07-01 0{h}:00,18,40\n" for h in range(3)))
    (series,) = read_logger_file(path, zone=ZoneInfo("Europe/London")).series
    assert series.readings[0].at == datetime(2025, 6, 30, 23, tzinfo=UTC)
    path.write_text("time,t,rh\n" + "".join(f"2025-07-01T0{h}:00:00Z,18,40\n" for h in range(3)))
    assert read_logger_file(path).series[0].readings[0].at == datetime(2025, 7, 1, tzinfo=UTC)


def test_one_quantity_a_file_becomes_one_series(tmp_path: Path) -> None:
    files = []
    for name, heading, value in (("t", "Space Temp (°C)", 20), ("h", "Space Humidity (%RH)", 45)):
        path = tmp_path / f"{name}.csv"
        rows = "".join(f"01-Sep-21 {hour}:30:00 am,{value}\n" for hour in (12, 1, 2))
        path.write_text(f"Timestamp,{heading}\n{rows}")
        files.append(read_logger_file(path))
    ((name, series),) = joined(files)
    assert name == "t.csv + h.csv"
    assert series.readings[0] == reading(datetime(2021, 8, 31, 16, 30, tzinfo=UTC), 20, 45)
    assert len(joined(files[:1])) == 1


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "none of the first 0 lines begins readings"),
        (b"a,b\n1,2\n3,4\n", "none of the first 3 lines|none of the first 2 lines"),
        (b"date,lux\n" + b"2025-01-20,5\n" * 3, "no column is named temperature or humidity"),
        (b"\x00\x01\x02\x03" * 50, "is no text|none of the first"),
        (b"PK\x03\x04broken", "no readable workbook"),
    ],
)
def test_what_cannot_be_read_says_what_and_what_to_do(
    data: bytes, complaint: str, tmp_path: Path
) -> None:
    path = tmp_path / "logger.csv"
    path.write_bytes(data)
    with pytest.raises(UnreadableLoggerFile, match=complaint):
        read_logger_file(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableLoggerFile, match=r"nowhere.csv: No such file"):
        read_logger_file(tmp_path / "nowhere.csv")


@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", codecs.BOM_UTF16_LE]))
def test_any_bytes_are_readings_or_a_complaint(data: bytes, head: bytes) -> None:
    assert readable_or_named(head + data)


@given(st.text(alphabet="0123456789-/:., \nTtemprh%°C温湿度", max_size=300))
def test_any_table_like_text_is_readings_or_a_complaint(text: str) -> None:
    assert readable_or_named(f"time,temp,rh\n{text}".encode())


def readable_or_named(data: bytes) -> bool:
    """Whether a file of ``data`` is read, or refused by its name; anything else rises."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "logger.csv"
        path.write_bytes(data)
        try:
            return bool(read_logger_file(path).series)
        except UnreadableLoggerFile as error:
            return "logger.csv" in str(error)


def test_a_real_file_of_twenty_months_is_read_whole() -> None:
    file = read_logger_file(require_shared("data/climate/trh1_r4_indoor1.csv"))
    assert (file.rows, file.rejected) == (14_449, {})
    assert len(file.series[0].readings) == 14_449
