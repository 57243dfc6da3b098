"""The sample broker files as they are shipped: certificates, and who may write what."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from controller.config import Mqtt
from controller.publisher import MqttPublisher
from controller.store import outbox
from tests.services import eventually, free_port, listens, require_program
from tests.shell.outlets import Store, passage, running, site

SAMPLES = Path(__file__).resolve().parents[2] / "firmware-config"


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own, and what it has signed."""

    folder: Path

    def __post_init__(self) -> None:
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-nodes", "-days", "2", "-subj", "/CN=test authority",
                      "-keyout", "ca.key", "-out", "ca.crt")  # fmt: skip

    def sign(self, name: str) -> None:
        """``name.crt`` and ``name.key`` with that common name, good for 127.0.0.1."""
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
                      "-keyout", f"{name}.key", "-out", f"{name}.csr")  # fmt: skip
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                      "-CAcreateserial", "-copy_extensions", "copy", "-days", "2",
                      "-out", f"{name}.crt")  # fmt: skip
        (self.folder / f"{name}.key").chmod(0o644)

    def _openssl(self, *words: str) -> None:
        program = require_program("openssl")
        subprocess.run([program, *words], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    authority = Authority(folder)
    for name in ("server", "test", "other", "hub"):
        authority.sign(name)
    return folder


@contextmanager
def shipped_broker(folder: Path, certificates: Path, plain: int, secure: int) -> Iterator[None]:
    """Mosquitto with the shipped files; only paths and ports are those of this test."""
    folder.mkdir()
    passwords = folder / "passwords"
    passwords.touch()
    maker = require_program("mosquitto_passwd")
    subprocess.run([maker, "-b", str(passwords), "test", "right"], check=True)
    text = (SAMPLES / "mosquitto.conf").read_text(encoding="utf-8")
    for shipped, here in {
        "/var/lib/mosquitto/": f"{folder}/",
        "/etc/mosquitto/certs/": f"{certificates}/",
        "/etc/mosquitto/passwords": str(passwords),
        "/etc/mosquitto/smart-repository.acl": str(SAMPLES / "mosquitto.acl"),
        "listener 1883 ": f"listener {plain} ",
        "listener 8883": f"listener {secure} 127.0.0.1",
    }.items():
        assert shipped in text
        text = text.replace(shipped, here)
    (folder / "mosquitto.conf").write_text(text + "\nuser root\n", encoding="utf-8")
    command = [require_program("mosquitto"), "-c", str(folder / "mosquitto.conf")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as broker:
        try:
            eventually(lambda: listens(plain) and listens(secure), bool)
            yield
        finally:
            broker.terminate()
            broker.wait(10)


@pytest.fixture
def ports() -> tuple[int, int]:
    return free_port(), free_port()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store", site(mqtt={"host": "127.0.0.1"})) as opened:
        yield opened


@pytest.fixture
def broker(tmp_path: Path, certificates: Path, ports: tuple[int, int]) -> Iterator[None]:
    with shipped_broker(tmp_path / "broker", certificates, *ports):
        yield


def certified(certificates: Path, port: int, name: str) -> Mqtt:
    return Mqtt(
        host="127.0.0.1",
        port=port,
        ca_file=certificates / "ca.crt",
        client_cert_file=certificates / f"{name}.crt",
        client_key_file=certificates / f"{name}.key",
    )


def service(store: Store, mqtt: Mqtt, password: str | None = None) -> MqttPublisher:
    return MqttPublisher(
        engine=store.engine, mqtt=mqtt, site_id="test", password=password, writer="test/controller"
    )


def depth(store: Store) -> int:
    with store.engine.connect() as connection:
        return outbox.depth(connection, "mqtt")


@pytest.mark.usefixtures("broker")
def test_the_site_publishes_by_certificate_and_the_hub_reads_it(
    certificates: Path, ports: tuple[int, int], store: Store
) -> None:
    received: list[str] = []
    subscribed: list[bool] = []
    ca, certificate, key = (str(certificates / f) for f in ("ca.crt", "hub.crt", "hub.key"))
    hub = Client(CallbackAPIVersion.VERSION2, "hub", protocol=MQTTProtocolVersion.MQTTv5)
    hub.tls_set(ca, certificate, key)
    hub.on_subscribe = lambda *_: subscribed.append(True)
    hub.on_message = lambda _c, _d, message: received.append(message.topic)
    hub.connect("127.0.0.1", ports[1])
    hub.loop_start()
    eventually(hub.is_connected, bool)
    hub.subscribe("repo/v1/#", 1)
    eventually(lambda: subscribed, bool)
    with running(service(store, certified(certificates, ports[1], "test")).run):
        store.commit([passage(1)])
        eventually(lambda: depth(store), lambda waiting: waiting == 0)
        eventually(lambda: received, lambda got: "repo/v1/test/events/passage-detected" in got)
    hub.disconnect()
    hub.loop_stop()


@pytest.mark.usefixtures("broker")
def test_another_certificate_may_not_write_there_and_nothing_is_lost(
    certificates: Path, ports: tuple[int, int], store: Store
) -> None:
    stranger = service(store, certified(certificates, ports[1], "other"))
    with running(stranger.run):
        store.commit([passage(1)])
        eventually(lambda: stranger.counters()["refused"], bool)
    assert depth(store) == 1


@pytest.mark.usefixtures("broker")
def test_without_a_certificate_or_to_an_unknown_authority_nobody_connects(
    certificates: Path, tmp_path: Path, ports: tuple[int, int], store: Store,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    bare = Mqtt(host="127.0.0.1", port=ports[1], ca_file=certificates / "ca.crt")
    Authority(tmp_path)
    right = certified(certificates, ports[1], "test")
    misled = right.model_copy(update={"ca_file": tmp_path / "ca.crt"})
    for mqtt in (bare, misled):
        caplog.clear()
        publisher = service(store, mqtt)
        with running(publisher.run):
            eventually(lambda: caplog.records, bool)
        assert publisher.counters()["connects"] == 0
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text


@pytest.mark.usefixtures("broker")
def test_on_this_machine_a_password_will_do_but_only_the_right_one(
    ports: tuple[int, int], store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    plain = Mqtt(host="127.0.0.1", port=ports[0], username="test")
    store.commit([passage(1)])
    with running(service(store, plain, password="wrong").run):
        eventually(lambda: "Not authorized" in caplog.text, bool)
    with running(service(store, plain, password="right").run):
        eventually(lambda: depth(store), lambda waiting: waiting == 0)


def test_files_that_cannot_be_read_are_said_and_do_not_stop_the_controller(
    tmp_path: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    missing = Mqtt(host="127.0.0.1", port=free_port(), ca_file=tmp_path / "missing.crt")
    with running(service(store, missing).run):
        eventually(lambda: "No such file" in caplog.text, bool)
