"""Finding aids in EAD 2002: eight real ones counted independently, and hostile ones refused."""

import io
import re
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from controller.catalogue.ead2002 import read_ead
from controller.catalogue.faults import RowFault, UnreadableFile
from controller.domain.catalogue import CatalogueRow
from controller.domain.model import HoldingKind
from tests.services import require_shared

PRINCETON = ["AC297", "C0062", "C0171", "C1491.relativedao", "C1588", "C1629", "C1679", "MC152"]
OPEN = '<ead xmlns="urn:isbn:1-931666-22-9"><eadheader><eadid>MC1</eadid></eadheader>'


def princeton() -> Iterator[Path]:
    for name in PRINCETON:
        yield require_shared(f"data/catalogue/princeton/{name}.EAD.xml")


def read(content: bytes | str) -> list[CatalogueRow | RowFault]:
    raw = content.encode() if isinstance(content, str) else content
    return list(read_ead(io.BytesIO(raw), "aid.xml"))


def rows(path_or_text: Path | str) -> list[CatalogueRow]:
    raw = path_or_text.read_bytes() if isinstance(path_or_text, Path) else path_or_text.encode()
    found = read(raw)
    assert not [row for row in found if isinstance(row, RowFault)]
    return [row for row in found if isinstance(row, CatalogueRow)]


def did(*containers: str, title: str = "Letters") -> str:
    return f"<c><did><unittitle>{title}</unittitle>{''.join(containers)}</did></c>"


def aid(*dids: str) -> str:
    return f"{OPEN}<archdesc><dsc>{''.join(dids)}</dsc></archdesc></ead>"


def box(indicator: str, barcode: str = "", id_: str = "b", home: str = "mss") -> str:
    label = f"Mixed Materials [{barcode}]" if barcode else "Mixed Materials"
    attributes = f'altrender="{home}" id="{id_}" label="{label}" type="box"'
    return f"<container {attributes}>{indicator}</container>"


def folder(indicator: str, parent: str = "b") -> str:
    return f'<container id="f" parent="{parent}" type="folder">{indicator}</container>'


def test_the_eight_real_finding_aids_give_exactly_what_a_plain_text_search_counts() -> None:
    """3,565 pieces with a barcode each, in 2,934 boxes as the catalogue numbers them.

    568 of those numbers stand for several pieces (film reels of one game, a volume's parts): each
    has its own barcode and its own tag. 2,387 mentions of folders are 2,297 folders.
    """
    barcodes, boxes, folders = set[str](), set[tuple[str, ...]](), set[tuple[str, ...]]()
    for path in princeton():
        text = path.read_text(encoding="utf-8")
        collection = re.search(r"<eadid[^>]*>([^<]+)", text)
        assert collection is not None
        for group in re.findall(r"<did>.*?</did>", text, re.DOTALL):
            at: dict[str, tuple[str, ...]] = {}
            for head, indicator in re.findall(r"<container ([^>]*)>([^<]*)", group):
                named = dict(re.findall(r'(\w+)="([^"]*)"', head))
                if "parent" in named:
                    folders.add((*at[named["parent"]], named["type"], indicator))
                    continue
                barcode = named["label"].rpartition("[")[2].rstrip("]")
                at[named["id"]] = (collection[1], named["type"], indicator, barcode)
                boxes.add((collection[1], named["type"], indicator))
                barcodes.add(barcode)
    assert (len(barcodes), len(boxes), len(folders)) == (3565, 2934, 2297)

    found = [row for path in princeton() for row in rows(path)]
    tops = [row for row in found if row.parent_external_id is None]
    assert {row.barcode for row in tops} == barcodes
    assert len(tops) == len(barcodes)
    assert len(found) - len(tops) == len(folders)
    assert len({row.external_id for row in found}) == len(found)
    assert len({row.reference_code for row in found}) == len(found)
    assert {row.parent_external_id for row in found} - {None} <= {row.external_id for row in tops}
    assert {(r.fonds, *r.external_id.split("/")[1:3]) for r in tops} == {
        (c, t, i.replace("%", "%25").replace("/", "%2F")) for c, t, i in boxes
    }


def test_each_place_in_the_real_files_is_one_of_the_authoritys_codes() -> None:
    authority = require_shared("data/catalogue/princeton/location_codes.yml").read_text()
    codes = set(re.findall(r"^(\w+):", authority, re.MULTILINE))
    homes = {row.home for path in princeton() for row in rows(path)}
    assert {"mss", "mudd", "hsvm"} <= homes & codes
    assert homes - codes <= {"", "rcpph", "rcpxm", "review", "scamss", "scamudd", "scarcpph",
                             "scarcpxm"}  # fmt: skip


def test_a_new_export_with_other_random_ids_is_the_same_catalogue() -> None:
    path = next(princeton())
    again = re.sub(r"aspace_[0-9a-f]{32}", lambda m: m[0][::-1], path.read_text())
    assert again != path.read_text()
    assert rows(again) == rows(path)


def test_a_box_is_known_by_collection_type_and_number_and_titled_by_what_lies_in_it() -> None:
    [found] = rows(aid(did(box("B-1", "3210 1"), title="Adams"), did(box("B-1"), title="Baker"),
                       did(box("B-1", "32101"), title="Clay")))  # fmt: skip
    assert found == CatalogueRow(
        line=1,
        external_id="MC1/box/B-1",
        reference_code="MC1 box B-1",
        title="Adams … Clay",
        kind=HoldingKind.BOX,
        fonds="MC1",
        home="mss",
        barcode="32101",
    )


def test_several_barcodes_on_one_number_are_several_pieces() -> None:
    found = rows(aid(did(box("1", "A1")), did(box("1", "A2")), did(box("2", "A3"))))
    assert [row.reference_code for row in found] == ["MC1 box 1 A1", "MC1 box 1 A2", "MC1 box 2"]


def test_one_barcode_on_two_boxes_is_told_by_nobody_because_boxes_are_shared() -> None:
    assert [row.barcode for row in rows(aid(did(box("1", "A")), did(box("2", "A"))))] == ["A", "A"]


def test_a_folder_lies_in_the_box_its_parent_names_and_comes_after_it() -> None:
    one, two = did(box("1"), folder("7")), did(box("2"), folder("7"), title="Maps")
    found = rows(aid(one, two, one))
    assert [(row.kind, row.reference_code, row.parent_external_id) for row in found] == [
        (HoldingKind.BOX, "MC1 box 1", None),
        (HoldingKind.FILE, "MC1 box 1 folder 7", "MC1/box/1"),
        (HoldingKind.BOX, "MC1 box 2", None),
        (HoldingKind.FILE, "MC1 box 2 folder 7", "MC1/box/2"),
    ]


def test_no_number_can_pretend_to_be_a_folder_of_another_box() -> None:
    found = rows(aid(did(box("1"), folder("2")), did(box("1/folder/2"))))
    assert len({row.external_id for row in found}) == 3


def test_a_fault_is_told_with_its_line_and_the_others_are_still_read() -> None:
    text = aid("\n", did(box("")), "\n", did(folder("3", parent="nobody")), did(box("4")))
    first, second, good = read(text)
    assert isinstance(first, RowFault)
    assert isinstance(second, RowFault)
    assert (first.line, first.column, "no indicator" in first.text) == (2, "container", True)
    assert (second.line, "@parent" in second.text) == (3, True)
    assert isinstance(good, CatalogueRow)


def test_lines_are_counted_beyond_sixteen_bits() -> None:
    [found] = rows(aid("\n" * 100_000, did(box("1"))))
    assert found.line == 100_001


def test_comments_and_markup_inside_a_title_do_not_cut_it() -> None:
    [found] = rows(aid(did(box("1"), title="On <!-- no --><emph>Paper</emph>,\n  1901")))
    assert found.title == "On Paper, 1901"


BOMB = (
    "<!DOCTYPE ead [<!ENTITY a 'lol'>"
    + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in pairwise("abcdefghij"))
    + "]>"
    + OPEN.replace("MC1", "&j;")
    + "</ead>"
)
PARAMETER_BOMB = (
    "<!DOCTYPE ead [<!ENTITY % a '<!ENTITY x \"y\">'>"
    + "".join(f"<!ENTITY % {b} '{f'&#37;{a};' * 10}'>" for a, b in pairwise("abcdefghi"))
    + "%i;]>"
    + OPEN
    + "</ead>"
)
HUGE = (
    OPEN + "<archdesc><did><unittitle>" + "x" * 11_000_000 + "</unittitle></did></archdesc></ead>"
)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (BOMB, "aid.xml: declares a DTD, which is refused"),
        (PARAMETER_BOMB, "amplification"),
        ('<!DOCTYPE ead SYSTEM "file:///etc/passwd">' + OPEN + "</ead>", "declares a DTD"),
        (OPEN + "&lol;</ead>", "aid.xml:1: not well-formed XML: Entity 'lol' not defined"),
        (HUGE, "Text node too long"),
        (OPEN + "<c>" * 300, "Excessive depth in document"),
        (
            aid(did(box("1"))).removesuffix("</archdesc></ead>") + "\n",
            "aid.xml:2: not well-formed XML: Premature end",
        ),
        ("", "aid.xml: not XML: it is empty"),
        ("<html/>", "aid.xml:1: begins with <html>; this is neither EAD 2002 nor EAD3"),
        ("<ead xmlns='http://ead4.example/'/>", "this is neither EAD 2002 nor EAD3"),
        ("<ead xmlns='urn:isbn:1-931666-22-9'/>", "has no <eadid>"),
        ("<?xml version='1.0' encoding='nonsense'?>" + aid(), "Unsupported encoding"),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_clear_error(content: str, wanted: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read(content)
    assert wanted in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "XML_PARSE_HUGE" not in str(caught.value)


@pytest.mark.parametrize("cut", range(1, 10))
def test_a_real_file_cut_off_anywhere_is_refused_whole(cut: int) -> None:
    whole = require_shared("data/catalogue/princeton/C1588.EAD.xml").read_bytes().rstrip()
    with pytest.raises(UnreadableFile):
        read(whole[: len(whole) * cut // 10])


class Endless(io.RawIOBase):
    """A finding aid of many long notes, made as it is read."""

    def __init__(self, notes: int) -> None:
        self._left = notes
        self._parts = [OPEN.encode() + b"<archdesc>"]

    def read(self, size: int = -1) -> bytes:
        if self._parts:
            return self._parts.pop()
        self._left -= 1
        if self._left == 0:
            return did(box("1")).encode() + b"</archdesc></ead>"
        return b"<note>" + b"x" * 1_000_000 + b"</note>" if self._left > 0 else b""


def test_memory_grows_with_the_containers_not_with_the_text() -> None:
    from resource import RUSAGE_SELF, getrusage

    list(read_ead(Endless(20), "aid.xml"))  # type: ignore[arg-type]
    before = getrusage(RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    [row] = read_ead(Endless(200), "aid.xml")  # type: ignore[arg-type]
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert isinstance(row, CatalogueRow)
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 60_000  # KiB; the text is 200 MB


def test_a_real_ead3_finding_aid_gives_its_box_with_barcode_and_location() -> None:
    path = require_shared("data/catalogue/yale/10411.xml")
    found = rows(path)
    text = path.read_text(encoding="utf-8")
    assert {row.barcode for row in found} - {None} == set(re.findall('containerid="([^"]+)"', text))
    assert {row.fonds for row in found} == {"vrc.0058"}
    tops = [row for row in found if row.parent_external_id is None]
    assert [row.kind for row in tops] == [HoldingKind.BOX]
    assert {row.home for row in tops} <= set(re.findall(r"/locations/\d+", text))
