"""Sensors are introduced to Home Assistant as its discovery wants it, on topics that exist."""

import json
import re
from typing import Any

from controller.home_assistant import introductions
from controller.publications import Publications
from controller.store.ledger import OutgoingMessage
from tests.shell.outlets import reading, site

IDS = re.compile(r"^[a-zA-Z0-9_-]+$")
PLATFORM_KEYS = {"platform", "unique_id"}


def introduced() -> list[OutgoingMessage]:
    return list(
        introductions(site(mqtt={"host": "127.0.0.1"}), prefix="homeassistant", daemon="controller")
    )


def body(message: OutgoingMessage) -> dict[str, Any]:
    return dict(json.loads(message.payload))


def test_every_sensor_is_one_retained_device() -> None:
    messages = introduced()
    assert len(messages) == len(site().sensors)
    for message in messages:
        prefix, kind, own, config = message.topic.split("/")
        assert (prefix, kind, config, message.retain) == ("homeassistant", "device", "config", True)
        assert IDS.match(own)
        assert {"device", "origin", "components"} <= body(message).keys()
        assert body(message)["device"]["identifiers"] == [own]
        for component in body(message)["components"].values():
            assert component.keys() >= PLATFORM_KEYS
            assert component["expire_after"] > 0


def test_what_is_promised_is_what_a_reading_publishes() -> None:
    told = body(introduced()[0])
    publications = Publications(site(mqtt={"host": "127.0.0.1"}))
    state = {message.topic: message for message in publications.readings(reading(1))}
    published = json.loads(state[told["state_topic"]].payload)
    for component in told["components"].values():
        path = re.fullmatch(r"\{\{ value_json\.(m\.\w+) \}\}", component["value_template"])
        assert path is not None
        member = path[1].split(".")[1]
        assert published["m"][member] is not None
    assert all("value_json.state" in where["value_template"] for where in told["availability"])
