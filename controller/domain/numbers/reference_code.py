"""The 档号: read, checked, composed, folded and sorted, in the dialects in force.

Both say 全宗号 first and join parts by hyphens; they differ in what joins the elements of the
class. DA/T 13-2022 sets a middle dot between them (``Z109-WS·2011·Y·办公室-0001``), DA/T 22-2015
a dot after the class alone (``Z109-WS·2011-Y-BGS-0001``), DA/T 13-1994 knows 目录号 instead of a
class (``C038-001-002-003``). The catalogue is master of the number: nothing here gives one out.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

DOT = "·"
_DOTS = re.compile(r"[·•・‧∙．.]")
_HYPHENS = re.compile(r"[‐‑‒–—―−﹣－]")
_RUNS = re.compile(r"[0-9]+|[^0-9]+")

_FONDS = re.compile(r"[A-Z][0-9]{3}")
_ELEMENT = re.compile(r"[^\s\-·]+")
_NUMBER = re.compile(r"[0-9]{1,6}[A-Z]?")
_CLASS = re.compile(r"[A-Z]{2}")
_YEAR = re.compile(r"[0-9]{4}")
_RETENTION = re.compile(r"Y|C|D(?:[1-9][0-9]{0,2})")

CLASSES = frozenset(["WS", "KJ", "RS", "KU", "ZY", "ZP", "LY", "LX", "SJ", "YJ", "WY", "MT", "SW"])
"""门类 codes of DA/T 13-2022: 文书, 科技, 人事, 会计, 专业, 照片 …"""


class Dialect(StrEnum):
    """Whose grammar a 档号 follows."""

    DA_T_13_2022 = "da-t-13-2022"
    DA_T_22_2015 = "da-t-22-2015"
    DA_T_13_1994 = "da-t-13-1994"


class NotAReferenceCode(ValueError):
    """A text that no dialect explains; the message says which part does not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceCode:
    """A 档号 taken apart. Two that are equal name the same thing, however they were typed."""

    dialect: Dialect
    fonds: str
    """全宗号."""
    elements: tuple[str, ...]
    """类别号: 门类, then year, retention, organ … ; of DA/T 13-1994 the 目录号 alone."""
    numbers: tuple[str, ...]
    """案卷号 and 件号/页号, from the outside in, with their leading zeros."""

    @property
    def archive_class(self) -> str:
        """门类, or empty where the dialect has none."""
        return "" if self.dialect is Dialect.DA_T_13_1994 else self.elements[0]

    @property
    def year(self) -> int | None:
        """年度, where an element is one."""
        return next((int(each) for each in self.elements if _YEAR.fullmatch(each)), None)

    @property
    def retention(self) -> str:
        """保管期限 as coded (``Y``, ``D30``), or empty."""
        return next((each for each in self.elements[1:] if _RETENTION.fullmatch(each)), "")


def canonical(text: str) -> str:
    """``text`` with width, dots, hyphens, case and blanks folded: equal for the same number.

    Real differences stay: leading zeros, and which sign joins which parts.
    """
    plain = _HYPHENS.sub("-", unicodedata.normalize("NFKC", _DOTS.sub(DOT, text)))
    return "".join(_DOTS.sub(DOT, plain).split()).upper()


def parse(text: str) -> ReferenceCode:
    """The parts of the 档号 in ``text``, typed with any of the usual dots and hyphens.

    Raises:
        NotAReferenceCode: no dialect has such a number; says what is wrong.
    """
    code = canonical(text)
    fonds, *parts = code.split("-")
    if not _FONDS.fullmatch(fonds):
        raise NotAReferenceCode(f"{text!r}: 全宗号 {fonds!r} is not a letter and three digits")
    if not parts or not all(part for part in parts):
        raise NotAReferenceCode(f"{text!r}: a part between two hyphens is empty or missing")
    class_, *rest = parts
    elements = tuple(class_.split(DOT))
    if _NUMBER.fullmatch(class_):
        return _by_catalogue(text, fonds, class_, rest)
    if not _CLASS.fullmatch(elements[0]) or not all(map(_ELEMENT.fullmatch, elements)):
        raise NotAReferenceCode(f"{text!r}: 类别号 {class_!r} does not begin with a 门类 code")
    return _by_class(text, fonds, elements, rest)


def compose(code: ReferenceCode) -> str:
    """The number as its dialect writes it; ``parse`` gives ``code`` back."""
    if code.dialect is Dialect.DA_T_13_2022:
        class_ = DOT.join(code.elements)
    elif code.dialect is Dialect.DA_T_22_2015:
        class_ = "-".join([DOT.join(code.elements[:2]), *code.elements[2:]])
    else:
        class_ = code.elements[0]
    return "-".join([code.fonds, class_, *code.numbers])


def sort_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Orders numbers as they stand on the shelf: 2 before 10, whatever the zeros; any text will do.

    Only numbers that fold to the same text have the same key.
    """
    folded = canonical(text)
    steps = [
        (0, int(run), "") if run.isdecimal() and run.isascii() else (1, 0, run)
        for run in _RUNS.findall(folded)
    ]
    return (*steps, (-1, 0, folded))


def _by_class(text: str, fonds: str, elements: tuple[str, ...], rest: list[str]) -> ReferenceCode:
    """DA/T 22-2015 goes on with retention and organ as parts of their own."""
    numbers = _trailing_numbers(rest)
    between = rest[: len(rest) - len(numbers)]
    if not between:
        return _checked(text, Dialect.DA_T_13_2022, fonds, elements, numbers)
    if len(elements) != 2 or not _YEAR.fullmatch(elements[1]):
        raise NotAReferenceCode(f"{text!r}: {between[0]!r} stands where a number is expected")
    if not _RETENTION.fullmatch(between[0]):
        raise NotAReferenceCode(f"{text!r}: 保管期限 {between[0]!r} is not Y, C or D and years")
    return _checked(text, Dialect.DA_T_22_2015, fonds, (*elements, *between), numbers)


def _by_catalogue(text: str, fonds: str, catalogue: str, rest: list[str]) -> ReferenceCode:
    numbers = _trailing_numbers(rest)
    if len(numbers) != len(rest):
        raise NotAReferenceCode(f"{text!r}: after 目录号 {catalogue!r} only numbers may follow")
    return _checked(text, Dialect.DA_T_13_1994, fonds, (catalogue,), numbers)


def _checked(
    text: str, dialect: Dialect, fonds: str, elements: tuple[str, ...], numbers: tuple[str, ...]
) -> ReferenceCode:
    if not 1 <= len(numbers) <= 2:
        raise NotAReferenceCode(f"{text!r}: ends with {len(numbers)} numbers; one or two are meant")
    return ReferenceCode(dialect=dialect, fonds=fonds, elements=elements, numbers=numbers)


def _trailing_numbers(parts: list[str]) -> tuple[str, ...]:
    first = len(parts)
    while first and _NUMBER.fullmatch(parts[first - 1]):
        first -= 1
    return tuple(parts[first:])
