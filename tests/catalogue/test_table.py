"""CSV catalogues as offices save them: encodings, quoting, headings, and every fault's place."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.catalogue.faults import RowFault, UnreadableFile
from controller.catalogue.table import examine_table, read_table
from controller.domain.catalogue import CatalogueRow
from controller.domain.model import HoldingKind

CHINESE = "档号,题名,全宗号,年度,保管期限,页数,存放位置,条码\n"


def read(content: bytes | str) -> list[CatalogueRow | RowFault]:
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return list(read_table(stream, examine_table(stream, "list.csv")))


def rows(content: bytes | str) -> list[CatalogueRow]:
    read_rows = read(content)
    assert not [row for row in read_rows if isinstance(row, RowFault)]
    return [row for row in read_rows if isinstance(row, CatalogueRow)]


def faults(content: bytes | str) -> list[tuple[int, str, str]]:
    found = [row for row in read(content) if isinstance(row, RowFault)]
    return [(fault.line, fault.column, fault.text) for fault in found]


def refusal(content: bytes | str) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(content)
    return str(caught.value)


LINE = "Z109-WS·2011-Y-BGS-0001,关于社保账户的批复,Z109,2011,永久,007,一库10排2列,320 0000 1\n"
EXPECTED = CatalogueRow(
    line=2,
    external_id="Z109-WS·2011-Y-BGS-0001",
    reference_code="Z109-WS·2011-Y-BGS-0001",
    title="关于社保账户的批复",
    kind=HoldingKind.FILE,
    fonds="Z109",
    home="一库10排2列",
    barcode="32000001",
    retention="永久",
    year=2011,
    pages=7,
    archive_class="WS",
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_same_sheet_reads_the_same_in_each_encoding_an_office_saves(encoding: str) -> None:
    assert rows((CHINESE + LINE).encode(encoding)) == [EXPECTED]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_same_sheet_reads_the_same_with_each_delimiter(delimiter: str) -> None:
    assert rows((CHINESE + LINE).replace(",", delimiter)) == [EXPECTED]


def test_headings_are_known_in_english_and_however_they_are_spaced_and_marked() -> None:
    sheet = "Reference Code,TITLE,\uff26onds,Year*,retention_period,pages,Location,bar-code\n"
    assert rows(sheet + LINE) == [EXPECTED]


def test_what_was_found_is_told_with_the_columns_that_mean_nothing_here() -> None:
    stream = io.BytesIO("档号;题名;备注\n".encode("gb18030"))
    told = examine_table(stream, "list.csv").told()
    assert told == "list.csv: GB18030, semicolon-delimited; columns not used: 备注"


def test_cells_stay_text_whatever_a_spreadsheet_would_make_of_them() -> None:
    cells = ["=1+1", "+86", "-5", "@SUM(A1)", "007", "3.20E+13", "11010519491231002X"]
    sheet = "档号,题名\n" + "".join(f"{cell},{cell}\n" for cell in cells)
    assert [(row.reference_code, row.title) for row in rows(sheet)] == [(c, c) for c in cells]


def test_a_quoted_cell_keeps_its_line_breaks_and_the_lines_after_it_keep_their_numbers() -> None:
    first, second = rows('档号,题名\r\n1,"一\r\n二, ""三"""\r\n2,四\r\n')
    assert (first.line, first.title) == (2, '一\r\n二, "三"')
    assert second.line == 4


def test_blank_lines_are_passed_over_and_still_counted() -> None:
    assert [row.line for row in rows("档号,题名\n\n , \n1,a\n")] == [4]


def test_every_fault_of_every_row_is_told_with_line_and_heading() -> None:
    sheet = "档号,题名,年度,页数,kind\n,一,二〇一一,-3,盒子\nB,b,2011,3,盒\nC,,2011,,\n"
    where = [(line, column) for line, column, _ in faults(sheet)]
    assert where == [(2, "档号"), (2, "kind"), (2, "年度"), (2, "页数"), (4, "题名")]
    assert all("write" in t or "is empty" in t or "whole number" in t for *_, t in faults(sheet))


@pytest.mark.parametrize("hidden", ["\x00", "\u200b", "\t", "\n", "\ufeff"])
def test_a_reference_code_has_no_hidden_part(hidden: str) -> None:
    [(line, column, text)] = faults(f'档号,题名\n"A{hidden}1",a\n')
    assert (line, column) == (2, "档号")
    assert f"U+{ord(hidden):04X}" in text


def test_a_control_character_in_a_title_is_told_because_no_database_keeps_it() -> None:
    assert [fault[:2] for fault in faults("档号,题名\nA,a\x00b\n")] == [(2, "题名")]


def test_a_text_longer_than_the_registry_keeps_is_told_not_cut() -> None:
    assert "201 characters long; 200 fit" in faults(f"档号,题名\n{'A' * 201},a\n")[0][2]


def test_a_row_with_more_cells_than_headings_is_told_before_anything_shifts() -> None:
    [(line, column, text)] = faults("档号,题名\nA,one, two\n")
    assert (line, column) == (2, "(whole row)")
    assert "quotation marks" in text


def test_a_row_may_leave_out_its_empty_last_cells_as_spreadsheets_do() -> None:
    assert rows("档号,题名,页数\nA,a\n")[0].pages is None


def test_a_box_comes_once_before_what_lies_in_it_and_begins_anew_with_each_year() -> None:
    sheet = "档号,题名,全宗号,年度,保管期限,盒号\n"
    sheet += "A,a,J1,2019,D30,1\nB,b,J1,2019,D30,1\nC,c,J1,2020,D30,1\n"
    found = rows(sheet)
    assert [(row.kind, row.reference_code, row.parent_external_id) for row in found] == [
        (HoldingKind.BOX, "J1-2019-D30-盒1", None),
        (HoldingKind.FILE, "A", "J1-2019-D30-盒1"),
        (HoldingKind.FILE, "B", "J1-2019-D30-盒1"),
        (HoldingKind.BOX, "J1-2020-D30-盒1", None),
        (HoldingKind.FILE, "C", "J1-2020-D30-盒1"),
    ]


def test_a_box_with_a_row_of_its_own_is_that_row_to_what_lies_in_it() -> None:
    sheet = "档号,题名,全宗号,盒号,实体类型\nJ1-H7,第七盒,J1,7,盒\nA,a,J1,7,件\n"
    box, file = rows(sheet)
    assert (box.reference_code, box.parent_external_id) == ("J1-H7", None)
    assert file.parent_external_id == box.external_id


def test_a_file_lies_in_the_volume_it_names_and_the_volume_in_its_box() -> None:
    sheet = "档号,题名,实体类型,案卷档号,盒号,全宗号\nV,卷,案卷,,1,J1\nV-1,件,件,V,1,J1\n"
    box, volume, file = rows(sheet)
    assert volume.parent_external_id == box.external_id
    assert file.parent_external_id == volume.external_id


def test_nothing_lies_in_itself() -> None:
    assert faults("档号,题名,案卷档号\nA,a,A\n")[0][:2] == (2, "案卷档号")


def test_without_a_column_the_fonds_is_what_the_reference_code_begins_with() -> None:
    assert [row.fonds for row in rows("档号,题名\nA439-WS·2015-1,a\n无连字符,b\n")] == ["A439", ""]


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", "1: no heading is known"),
        (b"a,b\n1,2\n", "1: no heading is known"),
        ("档号\nA\n".encode(), "1: no column title or 题名"),
        ("题名\nA\n".encode(), "1: no column reference_code or 档号"),
        ("档号,题名,title\n".encode(), "1: 题名 and title both mean title"),
        ("档号,题名\n".encode("utf-16"), "UTF-16; save it as CSV UTF-8"),
        (b"PK\x03\x04rest of a workbook", "workbook; save it as CSV UTF-8"),
        (b"reference_code,title\n1,\x81\n", "neither UTF-8 (byte 23) nor GB18030 (byte 23)"),
        ('档号,题名\nA,"no end\nB,b\n'.encode(), "2: unexpected end of data"),
        ('档号,题名\nA,a\n"B"x,b\n'.encode(), "3: ',' expected after"),
        (b'reference_code,title\n1,"' + b"x" * 200_000, "2: field larger than field limit"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(content: bytes, wanted: str) -> None:
    assert wanted in refusal(content)


def test_damaged_utf8_is_not_taken_for_gb18030() -> None:
    text = "档号,题名\n1,人力资源和社会保障局\n".encode()
    assert "damaged" in refusal(text + b"2,\xe4\xb8\n")


def test_a_two_byte_word_that_looks_like_utf8_is_still_gb18030() -> None:
    assert rows("reference_code,title\n1,联通\n2,档案\n".encode("gb18030"))[1].title == "档案"


def test_a_fault_beyond_the_first_chunk_is_told_at_its_own_byte() -> None:
    head = "档号,题名\n1," + "档" * 60_000
    assert f"byte {len(head.encode())}," in refusal(head.encode() + b"\xff\n")


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), min_size=1)


@given(st.lists(st.tuples(TEXT, TEXT)), st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
def test_what_a_spreadsheet_quotes_comes_back_as_it_was(
    cells: list[tuple[str, str]], encoding: str
) -> None:
    kept = [(code.strip(), title.strip()) for code, title in cells]
    kept = [(code, title) for code, title in kept if code and title]
    quoted = "".join('"{}","{}"\r\n'.format(*(c.replace('"', '""') for c in pair)) for pair in kept)
    try:
        found = rows(("档号,题名\r\n" + quoted).encode(encoding))
    except UnreadableFile:
        assert encoding == "gb18030"  # valid UTF-8 by chance
        return
    assert [(row.reference_code, row.title) for row in found] == kept


PLACED = "档号,题名,存放位置,密集架,通道,左右侧,列号,层号,格号\n"


@pytest.mark.parametrize(
    ("cells", "home"),
    [
        ("一库,rack-a,3,左,12,4,7", "rack-a/3/左/12/4/7"),
        (",A,03,,12,,", "A/03/-/12"),
        (",A,3,,,,", "A/3"),
        ("一库,,,,,,", "一库"),
    ],
)
def test_a_place_in_columns_is_one_place(cells: str, home: str) -> None:
    (row,) = rows(PLACED + f"F-1,标题,{cells}\n")

    assert row.home == home


def test_a_place_in_columns_without_its_rack_or_aisle_is_a_fault() -> None:
    assert [fault[:2] for fault in faults(PLACED + "F-1,标题,,,,左,12,4,\n")] == [
        (2, "密集架"),
        (2, "通道"),
    ]
