"""Waiting for a reader: ended by bytes, by a wake, by the stop event, or by time."""

import socket
import threading
from collections.abc import Iterator
from time import monotonic

import pytest

from drivers.errors import Unreachable
from drivers.link import Link, Stopped, Waker
from tests.services import free_port

FAR_S = 60.0


@pytest.fixture
def waker() -> Iterator[Waker]:
    made = Waker()
    yield made
    made.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def link(listener: socket.socket, stop: threading.Event, waker: Waker) -> Iterator[Link]:
    with Link("127.0.0.1", listener.getsockname()[1], stop=stop, waker=waker) as made:
        yield made


def test_a_wake_ends_one_wait_and_no_more(link: Link, waker: Waker) -> None:
    waker.wake()
    waker.wake()
    assert link.receive(monotonic() + FAR_S) == b""
    until = monotonic() + 0.05
    assert link.receive(until) == b""
    assert monotonic() >= until


def test_bytes_end_a_wait_even_when_a_wake_comes_with_them(
    link: Link, listener: socket.socket, waker: Waker
) -> None:
    peer, _ = listener.accept()
    with peer:
        peer.sendall(b"abc")
        assert link.receive(monotonic() + FAR_S) == b"abc"
        waker.wake()
        peer.sendall(b"def")
        heard = b""
        while heard != b"def":
            heard += link.receive(monotonic() + FAR_S)


def test_a_wake_ends_one_rest_and_no_wait_after_it(link: Link, waker: Waker) -> None:
    waker.wake()
    link.rest(FAR_S)
    assert link.receive(monotonic() + FAR_S) == b""  # looked for at once
    until = monotonic() + 0.05
    assert link.receive(until) == b""
    assert monotonic() >= until


def test_the_stop_event_ends_a_stream_that_never_pauses(
    link: Link, listener: socket.socket, stop: threading.Event
) -> None:
    peer, _ = listener.accept()
    with peer:
        peer.sendall(b"abc")
        link.rest(0.0)
        stop.set()
        with pytest.raises(Stopped):
            link.receive(monotonic() + FAR_S)


def test_the_stop_event_ends_a_wait(link: Link, stop: threading.Event) -> None:
    stop.set()
    with pytest.raises(Stopped):
        link.receive(monotonic() + FAR_S)


def test_the_end_of_the_connection_is_unreachable(link: Link, listener: socket.socket) -> None:
    listener.accept()[0].close()
    with pytest.raises(Unreachable, match="closed by the reader"):
        link.receive(monotonic() + FAR_S)


def test_a_peer_that_takes_nothing_is_unreachable(link: Link) -> None:
    with pytest.raises(Unreachable):
        link.send(bytes(64 << 20))


def test_nobody_there_is_unreachable_with_the_systems_words(
    stop: threading.Event, waker: Waker
) -> None:
    with pytest.raises(Unreachable, match="Connection refused"):
        Link("127.0.0.1", free_port(), stop=stop, waker=waker)
