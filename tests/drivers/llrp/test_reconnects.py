"""Connections that break at any moment: what the reader held arrives, once and in order."""

from tests.benchmarks.llrp_site import reconnects


def test_random_reconnects_lose_no_read_and_keep_their_order() -> None:
    assert reconnects(24, readers=6) == (0, 0)
