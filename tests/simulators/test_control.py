"""One vocabulary for testers: the same poke by HTTP, by command line and in a scenario."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from simulators.bench import Bench
from simulators.control_port import LONGEST, ControlPort
from simulators.machines.pokes import NotAPoke
from simulators.scenario import POKES, ScenarioError, load_scenario
from simulators.serving import Place, served
from tests.services import eventually, require_program
from tests.simulators.orders import PROFILES, profile

RACK, SENSOR = "mobile-shelving", "xy-md02"


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served([profile(PROFILES[0]), profile(PROFILES[4])], Place(tcp=0)) as bench:
        yield bench


@pytest.fixture
def control(bench: Bench) -> Iterator[ControlPort]:
    with ControlPort(bench) as control:
        yield control


def asked(
    control: ControlPort, body: object, headers: dict[str, str] | None = None, method: str = "POST"
) -> tuple[int, Any]:
    """Status and answer of one order."""
    connection = http.client.HTTPConnection(control.url.removeprefix("http://"), timeout=10)
    sent = body if isinstance(body, str) else json.dumps(body)
    given = {"Content-Type": "application/json"} if headers is None else headers
    connection.request(method, "/pokes" if method == "POST" else "/", sent, given)
    answer = connection.getresponse()
    said = json.loads(answer.read())
    connection.close()
    return answer.status, said


def test_an_order_by_http_is_carried_out(bench: Bench, control: ControlPort) -> None:
    order = {"do": "enter_aisle", "device": RACK, "aisle": 3}
    assert asked(control, order) == (200, {"done": True})
    assert bench.subject(RACK).device.values()["occupied_aisles"] == frozenset({3})
    _, picture = asked(control, "", method="GET")
    assert picture["devices"][RACK]["values"]["occupied_aisles"] == [3]
    assert picture["devices"][RACK]["pokes"]["enter_aisle"]["needs"] == {"aisle": "int"}


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"do": "enter_aisle", "aisle": 3}, "device: None is none of"),
        ({"do": "enter_aisle", "device": RACK}, "aisle is missing"),
        ({"do": "enter_aisle", "device": RACK, "aisle": 8}, "1 to 7"),
        ({"do": "enter_aisle", "device": RACK, "aisle": 2.5}, "is not a whole number"),
        ({"do": "enter_aisle", "device": RACK, "aisle": True}, "is not a whole number"),
        ({"do": "enter_aisle", "device": SENSOR, "aisle": 3}, "is none of"),
        ({"do": "lose_reply", "device": RACK, "nth": 0}, "1 is the next one"),
        ({"do": "lose_power", "device": RACK, "why": "storm"}, "it takes nothing"),
        ({"do": "switch_to", "device": RACK, "mode": "party"}, "one of off, local"),
        (
            {"do": "force", "device": SENSOR, "point": "temperature", "word": 70000},
            "does not fit a s16",
        ),
        ({"do": "read", "device": RACK}, "is none of"),
        (["do"], "an order is an object"),
        ("{", "not JSON"),
        ("x" * (LONGEST + 1), "short JSON object"),
    ],
)
def test_a_wrong_order_is_answered_with_what_is_wrong(
    control: ControlPort, order: object, reason: str
) -> None:
    status, said = asked(control, order)
    assert status == 400
    assert reason in said["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json", "Host": "archive.example:80"},
    ],
)
def test_a_web_page_gives_no_orders(
    bench: Bench, control: ControlPort, headers: dict[str, str]
) -> None:
    assert asked(control, {"do": "lose_power", "device": RACK}, headers)[0] == 400
    assert bench.subject(RACK).device.values()["state"] == "holding"


def test_everything_that_can_be_done_is_a_word_of_scenarios(bench: Bench) -> None:
    for subject in bench.subjects.values():
        assert subject.pokes().keys() <= POKES.keys()
        assert all(poke.says for poke in subject.pokes().values())


def test_a_forced_register_is_a_broken_wire_until_it_is_mended(bench: Bench) -> None:
    device = bench.subject(SENSOR).device
    bench.poke({"do": "force", "device": SENSOR, "point": "temperature", "word": "0x8000"})
    assert device.read("input", 1, 2) == [0x8000, 500]
    bench.poke({"do": "unforce", "device": SENSOR, "point": "temperature"})
    assert device.read("input", 1, 2) == [200, 500]


def test_the_same_seed_gives_the_same_flicker() -> None:
    def readings(seed: int) -> list[list[int]]:
        with served([profile(PROFILES[4])], Place(tcp=0), seed=seed) as bench:
            bench.poke({"do": "flicker", "k": 2})
            return [bench.subject().device.read("input", 1, 1) for _ in range(20)]

    assert readings(5) == readings(5) != readings(6)


def scenario(folder: Path, step: str) -> Path:
    path = folder / "scenario.toml"
    path.write_text(f"[[step]]\nat_s = 0.1\nsays = 'It happens.'\n{step}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("do = 'enter_aisle'\naisle = 3", "device is missing"),
        ("do = 'enter_aisle'\ndevice = 'rack-a'", "aisle is missing"),
        ("do = 'lose_power'\ndevice = 'rack-a'\naisle = 3", "aisle"),
        ("do = 'explode'\ndevice = 'rack-a'", "'explode' is none of"),
    ],
)
def test_a_scenario_with_a_wrong_poke_is_refused_before_it_is_played(
    tmp_path: Path, step: str, reason: str
) -> None:
    with pytest.raises(ScenarioError, match=reason):
        load_scenario(scenario(tmp_path, step))


@contextmanager
def serving(*arguments: str) -> Iterator[dict[str, Any]]:
    """``python -m simulators serve`` as its own process; what it says where it is."""
    command = [sys.executable, "-m", "simulators", "serve", *arguments, "--control", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = ""
        while not said.endswith("\n}\n"):
            line = process.stdout.readline()
            assert line, f"it ended; said {said!r}"
            said += line
        yield json.loads(said)
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 0


def simulators(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Another command of the simulators."""
    command = [sys.executable, "-m", "simulators", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_mbpoll_sees_what_was_done_from_the_command_line_on_a_serial_line(tmp_path: Path) -> None:
    program, link = require_program("mbpoll"), tmp_path / "line"
    where = (*PROFILES[:1], "--pty", str(link), "--baud", "19200", "--unit", "9")
    with serving(*where, "--set", "columns=12") as said:
        control = ("--control", said["control"])
        assert simulators("poke", "obstruct_aisle", "aisle=11", *control).returncode == 0
        refused = simulators("poke", "obstruct_aisle", "aisle=12", *control)
        assert (refused.returncode, refused.stderr.strip()) == (
            3, "obstruct_aisle: aisle: 1 to 11",
        )  # fmt: skip
        assert "obstruct_aisle aisle=" in simulators("poke", *control).stdout
        shown = json.loads(simulators("show", *control).stdout)
        assert shown[RACK]["values"]["obstructed_aisles"] == [11]
        words = subprocess.run(
            [program, "-m", "rtu", "-b", "19200", "-P", "none", "-a", "9", "-0", "-r", "30",
             "-c", "2", "-t", "3", "-1", "-q", str(link.resolve())],
            capture_output=True, text=True, check=True, timeout=20,
        )  # fmt: skip
        assert [line.split()[-1] for line in words.stdout.splitlines() if "[" in line] == [
            "0",
            str(1 << 10),
        ]
    assert not link.is_symlink()


def test_a_scenario_is_played_on_served_devices(tmp_path: Path) -> None:
    path = scenario(tmp_path, f"do = 'press_emergency_stop'\ndevice = '{RACK}'")
    with serving(PROFILES[0], "--tcp", "0", "--scenario", str(path)) as said:
        values = eventually(
            lambda: json.loads(simulators("show", "--control", said["control"]).stdout),
            lambda shown: shown[RACK]["values"]["state"] == "emergency_stop",
        )[RACK]["values"]
    assert {"estop_active", "reset_required"} <= set(values["status"])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("nothing.toml", "--tcp", "0"), "no such profile"),
        ((PROFILES[0],), "exactly one of"),
        ((PROFILES[0], "--tcp", "0", "--set", "columns=99"), "outside 2..33"),
        ((PROFILES[0], "--tcp", "0", "--set", "columns"), "must read like columns=12"),
    ],
)
def test_what_cannot_be_served_is_said(arguments: tuple[str, ...], reason: str) -> None:
    ended = simulators("serve", *arguments, "--control", "0")
    assert ended.returncode == 1
    assert reason in ended.stderr


def test_a_control_port_where_nobody_listens_is_said() -> None:
    ended = simulators("poke", "lose_power", "--control", "http://127.0.0.1:1")
    assert ended.returncode == 1
    assert "is `serve` running" in ended.stderr


def test_a_poke_that_a_device_does_not_know_says_what_it_knows(bench: Bench) -> None:
    with pytest.raises(NotAPoke, match=r"'fly' is none of .*set_air"):
        bench.poke({"do": "fly", "device": SENSOR})
