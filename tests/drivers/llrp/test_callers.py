"""Readers that connect to us: who they are, by address or by their own word, and who is not."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from drivers.errors import Unreachable
from drivers.link import Caller, Stopped, Waker
from drivers.llrp.driver import PortalReader
from drivers.llrp.listener import Expected, Listener
from drivers.llrp.profile import ReaderProfile
from simulators.llrp_abilities import Abilities
from simulators.llrp_reader import SimulatedReader
from tests.drivers.rig import clock, running
from tests.services import eventually, free_port

EPC = "300833B2DDD9CAFEBABE801E"
OTHER = "2C14257BF42EF800000004D2"


def called(listener: Listener, host: str = "127.0.0.1", reader_id: str = "") -> PortalReader:
    return PortalReader(
        name="door-north",
        host=host,
        port=0,
        profile=ReaderProfile(),
        keepalive_s=0.3,
        clock=clock,
        listener=listener,
        reader_id=reader_id,
    )


@pytest.fixture
def listener() -> Iterator[Listener]:
    with closing(Listener("127.0.0.1", free_port())) as made:
        yield made


@pytest.fixture
def waker() -> Iterator[Waker]:
    with closing(Waker()) as made:
        yield made


def test_readers_behind_one_address_are_told_by_the_ids_they_give(listener: Listener) -> None:
    ids = ("0A0B0C0D0E01", "0A0B0C0D0E02")
    with ExitStack() as stack:
        rigs = [stack.enter_context(running(called(listener, reader_id=i))) for i in ids]
        readers = [
            stack.enter_context(
                SimulatedReader(
                    calls=("127.0.0.1", listener.port),
                    abilities=Abilities(reader_id=bytes.fromhex(i)),
                )
            )
            for i in reversed(ids)
        ][::-1]
        for rig, reader, epc in zip(rigs, readers, (EPC, OTHER), strict=True):
            rig.await_health("back")
            reader.show([(1, epc, -50)])
            rig.await_reads(epc)


def test_one_told_by_its_address_may_share_a_port_with_one_told_by_its_id(
    listener: Listener,
) -> None:
    by_id, by_address = called(listener, reader_id="0A0B0C0D0E01"), called(listener)
    unknown = SimulatedReader(calls=("127.0.0.1", listener.port))
    known = SimulatedReader(
        calls=("127.0.0.1", listener.port),
        abilities=Abilities(reader_id=bytes.fromhex("0A0B0C0D0E01")),
    )
    with running(by_id) as first, running(by_address) as second, known, unknown:
        first.await_health("back")
        second.await_health("back")
        known.show([(1, EPC, -50)])
        unknown.show([(1, OTHER, -50)])
        first.await_reads(EPC)
        second.await_reads(OTHER)


@pytest.mark.parametrize(
    ("here", "from_where", "calls"),
    [("::1", "::1", "::1"), ("::", "::1", "::1"), ("::", "127.0.0.1", "127.0.0.1")],
)
def test_readers_call_over_ipv6_too(here: str, from_where: str, calls: str) -> None:
    with (
        closing(Listener(here, free_port())) as listener,
        running(called(listener, from_where)) as rig,
        SimulatedReader(calls=(calls, listener.port)) as reader,
    ):
        rig.await_health("back")
        reader.show([(1, EPC, -50)])
        rig.await_reads(EPC)


def test_a_stranger_who_calls_is_sent_away(listener: Listener) -> None:
    with running(called(listener, host="127.0.0.9")) as rig:
        assert _sent_away(listener, b"")
        assert rig.health == []


def test_one_who_gives_another_id_is_sent_away(listener: Listener) -> None:
    with (
        running(called(listener, reader_id="0A0B0C0D0E01")) as rig,
        SimulatedReader(calls=("127.0.0.1", listener.port)),
    ):
        eventually(lambda: listener.strangers, lambda count: count >= 1)
        assert rig.health == []


@pytest.mark.parametrize(
    "word", [b"GET / HTTP/1.1\r\n\r\n", b"\x04\x3f\x00\x00\x00\x09" + bytes(9)]
)
def test_one_who_speaks_no_llrp_when_asked_for_its_id_is_sent_away(
    listener: Listener, word: bytes
) -> None:
    with running(called(listener, reader_id="0A0B0C0D0E01")) as rig:
        assert _sent_away(listener, word)
        assert rig.health == []


def test_one_who_speaks_no_tls_where_it_must_is_sent_away() -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with (
        closing(Listener("127.0.0.1", free_port(), tls=tls)) as listener,
        running(called(listener)) as rig,
    ):
        assert _sent_away(listener, b"\x04\x3f in the clear")
        assert rig.health == []


def _sent_away(listener: Listener, word: bytes) -> bool:
    """Whether one who says that word is hung up on, and counted."""

    def tries() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", listener.port), 5) as stranger:
                stranger.sendall(word)
                while stranger.recv(100):
                    pass
        except ConnectionRefusedError:
            return False
        except ConnectionResetError:
            pass
        return True

    eventually(tries, bool)
    return eventually(lambda: listener.strangers, lambda count: count >= 1) >= 1


def test_readers_are_told_by_where_they_call_from(listener: Listener, waker: Waker) -> None:
    stop = threading.Event()
    hosts = ("127.0.0.2", "127.0.0.3")
    for host in hosts:
        listener.expect(Expected(host))
    stop.set()
    with pytest.raises(Stopped):
        listener.take(Expected(hosts[0]), stop, waker)
    stop.clear()
    taken: dict[str, Caller] = {}
    wakers = {host: Waker() for host in hosts}

    def wait(host: str) -> None:
        taken[host] = listener.take(Expected(host), stop, wakers[host])

    waiting = [threading.Thread(target=wait, args=(host,)) for host in hosts]
    with ExitStack() as stack:
        for held in wakers.values():
            stack.callback(held.close)
        for thread in waiting:
            thread.start()
        for host in reversed(hosts):
            stack.enter_context(eventually(lambda h=host: _calling(listener, h), bool))  # type: ignore[misc, arg-type]
            eventually(lambda h=host: taken.get(h), lambda got: got is not None)  # type: ignore[misc]
        for thread in waiting:
            thread.join(5)
        for host, caller in taken.items():
            with caller.socket:
                assert caller.socket.getpeername()[0] == host


def _calling(listener: Listener, host: str) -> socket.socket | None:
    try:
        return socket.create_connection(("127.0.0.1", listener.port), source_address=(host, 0))
    except ConnectionRefusedError:
        return None


def test_two_readers_that_cannot_be_told_apart_are_refused(listener: Listener) -> None:
    for reader_id in ("", "0A0B"):
        called(listener, reader_id=reader_id)
        with pytest.raises(ValueError, match="two readers"):
            called(listener, reader_id=reader_id)


def test_a_port_that_is_taken_is_said_plainly(waker: Waker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        listener = Listener("127.0.0.1", other.getsockname()[1])
        with pytest.raises(Unreachable, match="cannot listen"):
            listener.take(Expected("127.0.0.1"), threading.Event(), waker)
