"""What the demo keeps: one room, one door, one bank, two sensors, two dozen files in three boxes.

Everything the product would be given on a real site is written as files: the site file, the
catalogue's CSV, the list of which tag is on what.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

SITE_ID = "demo-01"
DOOR = "door-north"
RACK = "rack-a"
COLUMNS = 8
SENSORS = ("th-01", "th-02")
SENSOR_LINE = "sensor-line"
"""What scenarios call the line both sensors hang on."""
ANTENNAS = {1: "inside", 2: "outside", 3: "inside", 4: "outside"}

_TITLES = (
    "关于调整企业退休人员基本养老金的批复",
    "工伤保险待遇核定材料",
    "失业保险金申领审核表",
    "参保人员社保关系转移接续材料",
    "职业技能培训补贴申请材料",
    "劳动能力鉴定结论书",
    "企业职工提前退休审批表",
    "机关事业单位工作人员年度考核登记表",
)

SITE = """\
# Written by the demo at each start; change it and the next start writes it anew.
[site]
id = "{site_id}"
name = "示范档案库房"
language = "{language}"
timezone = "Asia/Shanghai"

[database]
url = "sqlite:///{database}"

[mqtt]
host = "127.0.0.1"
port = {mqtt_port}
protocol = "{mqtt_protocol}"

[api]
host = "{api_host}"
port = {api_port}

[[fonds]]
code = "J001"
name = "人力资源和社会保障局"

[[rooms]]
id = "room-1"
name = "一号库房"

[[doors]]
id = "{door}"
name = "北门"
room = "room-1"
reader = {{ kind = "llrp", host = "127.0.0.1", port = {reader_port}, keepalive_s = 2 }}
antennas = [{antennas}]
lights = {{ green = 1, amber = 2, red = 3, buzzer = 4 }}

[[racks]]
id = "{rack}"
name = "A 区密集架"
room = "room-1"
columns = {columns}
link = {{ kind = "modbus-tcp", host = "127.0.0.1", port = {rack_port} }}
"""

SENSOR = """
[[sensors]]
id = "{id}"
name = "{name}"
room = "room-1"
interval_s = 1
link = {{ kind = "modbus", url = "{url}", unit = {unit} }}
limits = [
    {{ quantity = "temperature_c", side = "high", limit = 24.0, deadband = 0.5, on_delay_s = 2, off_delay_s = 2 }},
    {{ quantity = "temperature_c", side = "low", limit = 14.0, deadband = 0.5, on_delay_s = 2, off_delay_s = 2 }},
    {{ quantity = "relative_humidity_percent", side = "high", limit = 60.0, deadband = 2.0, on_delay_s = 2, off_delay_s = 2 }},
    {{ quantity = "relative_humidity_percent", side = "low", limit = 45.0, deadband = 2.0, on_delay_s = 2, off_delay_s = 2 }},
]
"""  # noqa: E501 -- TOML inline tables stay on one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """One file of the demo's catalogue and the tag on it."""

    reference_code: str
    title: str
    box: int
    epc: str


HOLDINGS = tuple(
    Tagged(
        reference_code=f"J001-WS·2021-D30-{number:04d}",
        title=_TITLES[(number - 1) % len(_TITLES)],
        box=(number - 1) // len(_TITLES) + 1,
        epc=f"E28011702000{number:012X}",
    )
    for number in range(1, 25)
)
BY_ROLE = {"first": HOLDINGS[0], "second": HOLDINGS[1], "third": HOLDINGS[2]}
"""The files of the scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where everything listens in this run."""

    api_host: str
    api_port: int
    mqtt_port: int
    mqtt_protocol: str
    reader_port: int
    rack_port: int
    sensor_url: str


def write_site(folder: Path, where: Addresses, language: str) -> Path:
    """Write the site file; returns its path."""
    antennas = ", ".join(f'{{ port = {p}, side = "{s}" }}' for p, s in ANTENNAS.items())
    text = SITE.format(
        site_id=SITE_ID,
        language=language,
        database=(folder / "repository.db").resolve(),
        mqtt_port=where.mqtt_port,
        mqtt_protocol=where.mqtt_protocol,
        api_host=where.api_host,
        api_port=where.api_port,
        door=DOOR,
        reader_port=where.reader_port,
        antennas=antennas,
        rack=RACK,
        columns=COLUMNS,
        rack_port=where.rack_port,
    )
    for unit, (sensor, wall) in enumerate(zip(SENSORS, ("东墙", "西墙"), strict=True), start=1):
        text += SENSOR.format(id=sensor, name=f"一号库房 {wall}", url=where.sensor_url, unit=unit)
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def write_catalogue(folder: Path) -> Path:
    """Write the catalogue as a bureau exports it; returns its path."""
    path = folder / "归档文件目录.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["档号", "题名", "全宗号", "年度", "保管期限", "盒号", "页数", "存放位置"])
        for number, holding in enumerate(HOLDINGS, start=1):
            place = f"一号库房 A 区 {holding.box} 列 1 层"
            row = [holding.reference_code, holding.title, "J001", "2021", "D30"]
            table.writerow([*row, f"{holding.box:02d}", str(4 + number % 9), place])
    return path


def write_tags(folder: Path) -> Path:
    """Write which tag is on which file; returns its path."""
    path = folder / "tags.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["epc", "reference_code"])
        table.writerows([holding.epc, holding.reference_code] for holding in HOLDINGS)
    return path
