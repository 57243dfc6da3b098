"""Cutting streams into JSON texts: any cut gives the same, noise is refused, nothing grows."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Garbled
from drivers.json_reader.wire import MAX_MESSAGE_BYTES, HttpResponse, Lines, Objects, Splitter
from drivers.json_reader.wire.framing import MAX_DEPTH

NASTY = st.text(st.sampled_from('{}[]"\\ \u00e9\u6863a,:\n\t'), max_size=8)
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        NASTY,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NASTY, inner, max_size=3)),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(NASTY, VALUES, max_size=4), max_size=5)
SPACE = st.sampled_from(["", "", "", " ", "\r\n", "\n\t "])


def cut(stream: bytes, places: list[int]) -> Iterator[bytes]:
    at = 0
    for place in sorted(place % (len(stream) + 1) for place in places):
        yield stream[at:place]
        at = place
    yield stream[at:]


def texts(splitter: Splitter, pieces: Iterator[bytes]) -> list[bytes]:
    return [found for piece in pieces for found in splitter.feed(piece)]


@given(
    objects=OBJECTS,
    compact=st.booleans(),
    spaces=st.lists(SPACE, min_size=6, max_size=6),
    places=st.lists(st.integers(0, 10_000)),
)
def test_any_cut_of_concatenated_objects_gives_the_same_objects(
    objects: list[dict[str, Any]], compact: bool, spaces: list[str], places: list[int]
) -> None:
    written = [
        json.dumps(one, ensure_ascii=compact, separators=(",", ":") if compact else None)
        for one in objects
    ]
    stream = spaces[-1] + "".join(one + space for one, space in zip(written, spaces, strict=False))
    found = texts(Objects(), cut(stream.encode(), places))
    assert found == [one.encode() for one in written]


@given(objects=OBJECTS)
def test_single_bytes_give_the_same_objects(objects: list[dict[str, Any]]) -> None:
    stream = "".join(map(json.dumps, objects)).encode()
    found = texts(Objects(), (stream[at : at + 1] for at in range(len(stream))))
    assert list(map(json.loads, found)) == objects


@given(objects=OBJECTS, places=st.lists(st.integers(0, 10_000)), blank=st.booleans())
def test_any_cut_of_lines_gives_the_same_lines(
    objects: list[dict[str, Any]], places: list[int], blank: bool
) -> None:
    end = "\r\n\r\n" if blank else "\n"
    stream = "".join(json.dumps(one) + end for one in objects).encode()
    assert list(map(json.loads, texts(Lines(), cut(stream, places)))) == objects


@given(
    make=st.sampled_from([Lines, Objects]),
    pieces=st.lists(
        st.one_of(
            st.binary(max_size=20),
            st.text('{}[]"\\a1:, \n', max_size=20).map(str.encode),
        ),
        max_size=20,
    ),
)
def test_noise_gives_garbled_and_nothing_worse(
    make: Callable[[], Splitter], pieces: list[bytes]
) -> None:
    splitter = make()
    try:
        for piece in pieces:
            for found in splitter.feed(piece):
                assert found.strip() == found != b""
    except Garbled:
        pass


@pytest.mark.parametrize(
    "stream",
    [
        b"[]",
        b"}",
        b"\xef\xbb\xbf{}",
        b'{"a":\x00}',
        b'{"a":"\x01"}',
        b'{"a":"line\nend"}',
        b"{'a':1}",
        b"{<html>}",
        b'{"a":1}x',
        b'{"a":' * (MAX_DEPTH + 1),
    ],
)
def test_what_is_no_object_is_refused_at_once(stream: bytes) -> None:
    with pytest.raises(Garbled, match="no JSON objects"):
        list(Objects().feed(stream))


def test_what_came_before_nonsense_is_still_found() -> None:
    found = Objects().feed(b'{"a":1}{"b":2} nonsense')
    assert [next(found), next(found)] == [b'{"a":1}', b'{"b":2}']
    with pytest.raises(Garbled):
        next(found)


@pytest.mark.parametrize(
    ("splitter", "endless"),
    [(Objects(), b"a" * 1000), (Objects(), b" " * 1000), (Lines(), b"a" * 1000)],
)
def test_a_message_without_end_is_refused_before_it_fills_the_memory(
    splitter: Splitter, endless: bytes
) -> None:
    start = b'{"a":"' if endless.startswith(b"a") else b"{"
    list(splitter.feed(start))
    for _ in range((MAX_MESSAGE_BYTES - len(start)) // len(endless)):
        assert list(splitter.feed(endless)) == []
    with pytest.raises(Garbled, match=f"more than {MAX_MESSAGE_BYTES} bytes"):
        list(splitter.feed(endless))


def chunked(pieces: list[bytes]) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


@given(
    pieces=st.lists(st.binary(min_size=1, max_size=30), max_size=5),
    places=st.lists(st.integers(0, 10_000)),
    ended=st.booleans(),
)
def test_any_cut_of_an_http_response_gives_the_same_body(
    pieces: list[bytes], places: list[int], ended: bool
) -> None:
    response = HttpResponse()
    stream = chunked(pieces) + (b"0\r\n\r\n" if ended else b"")
    body = b"".join(part for piece in cut(stream, places) for part in response.feed(piece))
    assert body == b"".join(pieces)
    assert (response.status, response.ended) == (200, ended)


@given(
    noise=st.lists(st.binary(max_size=30), max_size=5),
    start=st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", chunked([b"x"])]),
)
def test_noise_in_http_gives_garbled_and_nothing_worse(noise: list[bytes], start: bytes) -> None:
    response = HttpResponse()
    try:
        for piece in [start, *noise]:
            list(response.feed(piece))
    except Garbled:
        pass


def test_headers_without_end_are_refused() -> None:
    response = HttpResponse()
    list(response.feed(b"HTTP/1.1 200 OK\r\nX-Long: "))
    for _ in range(60):
        list(response.feed(b"x" * 1000))
    with pytest.raises(Garbled, match="without a body"):
        list(response.feed(b"x" * 6000))


def test_a_body_may_be_as_long_as_it_likes() -> None:
    response = HttpResponse()
    list(response.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
    for _ in range(1000):
        assert list(response.feed(b"3e8\r\n" + b"x" * 1000 + b"\r\n")) == [b"x" * 1000]
