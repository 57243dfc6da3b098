"""What a number is called, and when it is called nothing."""

import json
import re

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from drivers.tag_numbers import AfiState, BadNumber, Scheme, identify
from drivers.tag_numbers.cli import epc as epc_command

GDTI = "2C14257BF42EF800000004D2"
LIBRARY = "141CC04FC70BADB5C6E2DA1DED4DD319"
SGTIN_OF_A_MODULES_MANUAL = "30751FEB705C5904E3D50D70"


def test_a_gdti_proposes_its_serial_and_has_no_afi() -> None:
    found = identify(GDTI.lower(), 0x3000, None)
    assert (found.epc, found.scheme, found.proposes) == (GDTI, Scheme.GDTI_96, "1234")
    assert found.urn == "urn:epc:id:gdti:0614141.06012.1234"
    assert (found.afi, found.afi_state, found.reason) == (None, AfiState.NONE, "")


@pytest.mark.parametrize(
    ("epc", "proposes"),
    [
        ("3E14257BF42EF92983062BD8B970DD6B300000000000", "J001/1987-3"),
        ("3814257BF653060C56B172E1BAD60C1980000000000000000000", "J001-1987-003"),
        (SGTIN_OF_A_MODULES_MANUAL, None),
    ],
)
def test_what_is_proposed_is_the_part_an_archive_chose(epc: str, proposes: str | None) -> None:
    assert identify(epc).proposes == proposes


@pytest.mark.parametrize(("pc", "state"), [(0x45C2, AfiState.IN_STOCK), (0x4107, AfiState.ON_LOAN)])
def test_a_library_number_is_told_by_the_toggle_and_says_whether_it_is_on_loan(
    pc: int, state: AfiState
) -> None:
    found = identify(LIBRARY, pc, None)
    assert found.scheme is Scheme.ISO_28560_4
    assert found.proposes == "CH-000134-1.12345678.31"
    assert (found.afi, found.afi_state) == (pc & 0xFF, state)


@pytest.mark.parametrize(
    ("epc", "pc", "schemes", "reason"),
    [
        ("3000ABCDEF00000000000001", 0x3000, None, "gives no company"),
        ("E28011704000021D35AE4008", 0x3400, None, "header E2"),
        (SGTIN_OF_A_MODULES_MANUAL, 0x3000, {"gdti-96"}, "sgtin-96, which is not used here"),
        (LIBRARY, 0x45C2, {"gdti-96"}, "iso-28560-4, which is not used here"),
        (GDTI, 0x31C2, None, "code word"),  # the toggle says that it is no EPC
        (LIBRARY, 0x4000, None, "header 14"),  # and here that it is one
        (LIBRARY, 0x419E, None, "AFI 9E"),
        (GDTI, 0x2000, None, "announces 4 words, 6 were read"),
        (LIBRARY, None, None, "header 14"),  # nothing says that it is no EPC
        (LIBRARY, None, {"gdti-96"}, "header 14"),
        ("FFFFFFFFFFFFFFFFFFFFFFFF", None, {"iso-28560-4", "gdti-96"}, "header FF.*code word"),
        (GDTI, None, {"iso-28560-4", "giai-96"}, "code word"),
    ],
)
def test_what_cannot_be_told_is_unknown_and_says_why(
    epc: str, pc: int | None, schemes: set[str] | None, reason: str
) -> None:
    found = identify(epc, pc, schemes)
    assert found.scheme is Scheme.UNKNOWN
    assert found.urn is found.proposes is None
    assert found.reason
    assert re.search(reason, found.reason)


def test_without_a_pc_word_a_library_number_is_told_where_the_site_uses_them() -> None:
    found = identify(LIBRARY, None, {"iso-28560-4"})
    assert (found.scheme, found.afi_state) == (Scheme.ISO_28560_4, AfiState.UNKNOWN)
    assert identify(GDTI, None, {"iso-28560-4", "gdti-96"}).scheme is Scheme.GDTI_96


def test_without_a_pc_word_a_number_of_two_schemes_in_use_is_neither() -> None:
    both = "34159D3EB0C25DEDA6CECC1B"
    assert identify(both, None, {"giai-96"}).proposes == "54709420769070107"
    assert identify(both, None, {"iso-28560-4"}).proposes == "HMLYFM.KIOADZ-U2ZJ"
    found = identify(both, None, {"giai-96", "iso-28560-4"})
    assert found.scheme is Scheme.UNKNOWN
    assert found.reason == "without its PC word it may be giai-96 or iso-28560-4"


def test_an_extended_pc_word_counts_the_xpc_word() -> None:
    assert identify(GDTI, 0x3A00, None).scheme is Scheme.GDTI_96


@pytest.mark.parametrize(
    ("epc", "pc", "schemes"),
    [
        ("", None, None),
        ("2C1", None, None),
        ("2C14 ", None, None),
        ("00" * 64, None, None),
        (GDTI, 0x10000, None),
        (GDTI, None, {"gdti-69"}),
        (GDTI, None, {"unknown"}),
    ],
)
def test_nonsense_to_ask_about_is_refused(
    epc: str, pc: int | None, schemes: set[str] | None
) -> None:
    with pytest.raises(BadNumber):
        identify(epc, pc, schemes)


@given(
    epc=st.integers(1, 31).flatmap(lambda n: st.binary(min_size=2 * n, max_size=2 * n)),
    pc=st.one_of(st.none(), st.integers(0, 0xFFFF)),
    schemes=st.one_of(st.none(), st.sets(st.sampled_from(["gdti-96", "iso-28560-4"]))),
)
def test_any_number_is_told_or_unknown_with_a_reason(
    epc: bytes, pc: int | None, schemes: set[str] | None
) -> None:
    found = identify(epc.hex(), pc, schemes)
    assert (found.scheme is Scheme.UNKNOWN) == bool(found.reason)
    assert schemes is None or found.scheme in schemes | {"unknown"}


def command(*arguments: str) -> tuple[int, str, str]:
    app = typer.Typer()
    app.command()(epc_command)
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_the_command_prints_one_json_document() -> None:
    code, out, _ = command(LIBRARY, "--pc", "45C2", "--json")
    assert code == 0
    document = json.loads(out)
    assert document["scheme"] == "iso-28560-4"
    assert document["afi_state"] == "in_stock"
    assert document["proposes"] == "CH-000134-1.12345678.31"


def test_the_command_says_in_words_what_it_cannot_tell() -> None:
    code, out, _ = command(GDTI, "--scheme", "giai-96")
    assert code == 1
    assert "reads as gdti-96, which is not used here" in out


@pytest.mark.parametrize("arguments", [("XYZ",), (GDTI, "--pc", "zz"), (GDTI, "--scheme", "x")])
def test_the_command_refuses_nonsense_on_stderr(arguments: tuple[str, ...]) -> None:
    code, out, err = command(*arguments)
    assert (code, out) == (1, "")
    assert err
