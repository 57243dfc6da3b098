"""The README's first command: the demo plays, all of it comes true, and it can be started again."""

import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from simulators.broker import Choice, broker
from simulators.cli import SCENARIOS
from simulators.demo_site import SITE_ID
from tests.services import eventually, free_port, listens


def demo(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "simulators", "demo", "--data", str(folder), *words]


AGAIN = """
[[step]]
at_s = 0.5
do = "lend"
holding = "first"
borrower = "李强"
purpose = "复查"
says = "The same file is asked for again."
expect = [{ kind = "LoanApproved" }]
"""


def play(folder: Path, *words: str) -> dict[str, Any]:
    """Play a scenario to its end; everything it expects must come true."""
    done = subprocess.run(
        demo(folder, "--port", str(free_port()), "--for", "1", "--json", *words),
        capture_output=True,
        text=True,
        check=False,
    )
    summary: dict[str, Any] = json.loads(done.stdout)
    assert [s["missing"] for s in summary["steps"] if not s["came_true"]] == []
    assert done.returncode == 0
    assert summary["came_true"]
    assert summary["mqtt_equals_journal"]
    return summary


def test_the_scenario_comes_true_is_told_on_mqtt_and_a_second_start_goes_on(
    tmp_path: Path,
) -> None:
    summary = play(tmp_path / "data")
    assert summary["mqtt_events"] == summary["events"] > 15
    assert summary["passages"] == 5
    assert summary["alarms"] == 2
    assert (summary["devices"], summary["devices_online"]) == (4, 4)
    assert summary["bad_frames"] == 0
    again = tmp_path / "again.toml"
    again.write_text(AGAIN, encoding="utf-8")
    account = (tmp_path / "data" / "accounts.json").read_text()
    play(tmp_path / "data", "--scenario", str(again))
    assert (tmp_path / "data" / "accounts.json").read_text() == account


def test_every_device_misbehaves_and_the_door_sees_the_next_file_again(tmp_path: Path) -> None:
    summary = play(tmp_path / "data", "--scenario", str(SCENARIOS / "faults.toml"))
    assert summary["bad_frames"] >= 1
    assert (summary["devices"], summary["devices_online"]) == (4, 4)


def test_ctrl_c_stops_everything_within_three_seconds(tmp_path: Path) -> None:
    with subprocess.Popen(
        demo(tmp_path, "--port", str(free_port())), stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if "Ctrl-C" in line:
                break
        asked = monotonic()
        running.send_signal(signal.SIGINT)
        running.stderr.read()
        running.wait(30)
        took = monotonic() - asked
    site = (tmp_path / "site.toml").read_text()
    ports = [int(word) for word in site.replace(",", " ").split() if word.isdigit()]
    assert [port for port in ports if port > 1024 and listens(port)] == []
    print(f"stopped after {took:.1f} s")  # noqa: T201 -- measured, not asserted


def test_a_busy_port_is_said_in_one_line_with_its_cure(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            demo(tmp_path, "--port", str(port)), capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"Port {port} is taken by another program; stop that, or choose another --port"
    )


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = subprocess.run(demo(blocked / "data"), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("choose another: --data FOLDER")


def test_a_scenario_with_an_unknown_verb_is_refused_with_its_place(tmp_path: Path) -> None:
    scenario = tmp_path / "wrong.toml"
    scenario.write_text('[[step]]\nat_s = 1.0\ndo = "fly"\nsays = "?"\n')
    done = subprocess.run(
        demo(tmp_path / "data", "--scenario", str(scenario)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"{scenario}: step 1: do = 'fly' is none of" in done.stderr


def test_the_small_broker_carries_messages_where_mosquitto_is_not_installed(
    tmp_path: Path,
) -> None:
    port = free_port()
    chosen = broker(tmp_path, port, Choice.AMQTT)
    assert chosen.protocol == "3.1.1"
    with subprocess.Popen(
        chosen.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        try:
            eventually(lambda: listens(port), bool, within_s=20)
            tell_and_hear(port)
        finally:
            child.terminate()


def tell_and_hear(port: int) -> None:
    heard = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
    client.on_connect = lambda c, *_: c.subscribe(f"repo/v1/{SITE_ID}/#", qos=1)
    client.on_subscribe = lambda c, *_: c.publish(f"repo/v1/{SITE_ID}/x", b"hello", qos=1)
    client.on_message = lambda *_: heard.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert heard.wait(10)
    client.disconnect()
    client.loop_stop()
