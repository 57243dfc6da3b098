"""Whom we trust over TLS."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.llrp.driver import PortalReader
from drivers.llrp.profile import ReaderProfile
from simulators.llrp_reader import SimulatedReader
from tests.drivers.rig import clock, running
from tests.services import self_signed

EPC = "300833B2DDD9CAFEBABE801E"
OTHER = "2C14257BF42EF800000004D2"


def secure(port: int, context: ssl.SSLContext, host: str = "localhost") -> PortalReader:
    return PortalReader(
        name="door-north",
        host=host,
        port=port,
        profile=ReaderProfile(),
        keepalive_s=0.3,
        clock=clock,
        tls=context,
    )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def guarded(certificate: tuple[Path, Path]) -> Iterator[SimulatedReader]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with SimulatedReader(tls=context) as reader:
        yield reader


def test_a_reader_nobody_vouches_for_is_not_trusted(guarded: SimulatedReader) -> None:
    with running(secure(guarded.port, ssl.create_default_context())) as rig:
        rig.await_health("lost")
        assert "certificate" in rig.reasons[0].lower()


def test_a_certificate_for_another_name_is_not_trusted(
    guarded: SimulatedReader, certificate: tuple[Path, Path]
) -> None:
    trusting = ssl.create_default_context(cafile=certificate[0])
    with running(secure(guarded.port, trusting, host="127.0.0.1")) as rig:
        rig.await_health("lost")
