"""The Modbus server of the simulated devices, as a piece of software of its own."""

import gc
import socket
from collections.abc import Sequence

from simulators.modbus_pdu import Table
from simulators.modbus_server import ModbusServer


class Blank:
    """A unit of which only the connection matters."""

    silent = False

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        return [0] * count

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        raise AssertionError(f"nobody writes {values} to {address}")


def test_a_client_that_connects_while_the_server_closes_leaves_no_socket_open() -> None:
    for _ in range(20):  # an unclosed socket is a warning, and a warning is an error
        server = ModbusServer({1: Blank()})
        clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
        server.close()
        for client in clients:
            client.close()
    gc.collect()
