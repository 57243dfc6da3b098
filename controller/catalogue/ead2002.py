"""Containers from a finding aid in EAD 2002 or EAD3 (schema versions), as ArchivesSpace exports it.

EAD3 writes ``recordid`` for ``eadid``, ``@localtype`` for ``@type`` and the barcode in
``@containerid``; its ``@altrender`` holds the URIs of container and location. In EAD 2002 a box is
what ``did/container`` without ``@parent`` names: type, indicator, and the barcode in square
brackets at the end of ``@label``; ``@altrender`` is its location code. A container with
``@parent`` lies in the one of that ``@id`` in the same ``did``. ``@id`` is random in every export
and is never kept. Components without a container have no body and are left out.

XML from strangers: nothing is resolved, fetched or expanded; a file that brings a DTD is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from lxml import etree

from controller.catalogue.faults import RowFault, UnreadableFile, row_faults
from controller.domain.catalogue import CatalogueRow
from controller.domain.model import HoldingKind

NAMESPACES = {"EAD 2002": "urn:isbn:1-931666-22-9", "EAD3": "http://ead3.archivists.org/schema/"}
_ROOTS = frozenset(f"{{{namespace}}}ead" for namespace in NAMESPACES.values())


def _either(*names: str) -> frozenset[str]:
    return frozenset(f"{{{space}}}{name}" for space in NAMESPACES.values() for name in names)


_EADID = _either("eadid", "recordid")
_DID = _either("did")
_UNITTITLE = _either("unittitle")
_CONTAINER = _either("container")

_BARCODE = re.compile(r"\[([^\[\]]+)\]\s*$")
_KINDS = {
    "box": HoldingKind.BOX,
    "volume": HoldingKind.VOLUME,
    "item": HoldingKind.FILE,
    "folder": HoldingKind.FILE,
    "file": HoldingKind.FILE,
    "bag": HoldingKind.BAG,
}
"""``container/@type``; whatever else holds things is a box to us."""

_PARSERS_OWN_WORDS = re.compile(r",? (?:try|use) XML_PARSE_HUGE(?: option)?|, see xml\w+\.?")


@dataclass(slots=True)
class _Titles:
    """The components that lie in one container: how many do not matter, the ends do."""

    first: str = ""
    last: str = ""

    def add(self, title: str) -> None:
        """One more component."""
        self.first = self.first or title
        self.last = title or self.last

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first} … {self.last}"


@dataclass(slots=True)
class _Inner:
    """One container inside another: a folder."""

    line: int
    titles: _Titles = field(default_factory=_Titles)


@dataclass(slots=True)
class _Top:
    """One physical box, volume or piece, gathered from all components that name it."""

    line: int
    home: str
    titles: _Titles = field(default_factory=_Titles)
    inner: dict[tuple[str, str], _Inner] = field(default_factory=dict)


@dataclass(slots=True)
class _Mention:
    """One ``container`` element."""

    line: int
    id: str | None
    parent: str | None
    type: str
    indicator: str
    barcode: str | None
    home: str


def read_ead(stream: BinaryIO, name: str) -> Iterator[CatalogueRow | RowFault]:
    """Every container as a holding, a box before what lies in it, or what is wrong with it.

    Memory grows with the distinct containers of this one collection, not with its text.

    Raises:
        UnreadableFile: not well-formed, no EAD, with a DTD, or without ``eadid``.
    """
    gathering = _Gathering()
    for element in _elements(stream, name):
        gathering.take(element)
    if not gathering.collection:
        raise UnreadableFile(f"{name}: has no <eadid>, so its boxes cannot be told from others'")
    yield from gathering.faults
    for row in gathering.rows():
        faults = list(row_faults(row))
        yield from faults or (row,)


def _elements(stream: BinaryIO, name: str) -> Iterator[etree._Element]:
    """Each finished ``eadid`` and ``did``; everything else is thrown away as soon as it ends."""
    events = etree.iterparse(
        stream,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root: etree._Element | None = None
    inside_did = 0
    try:
        for event, element in events:
            if root is None:
                root = element
                _require_plain_ead(root, name)
            if event == "start":
                inside_did += element.tag in _DID
                continue
            inside_did -= element.tag in _DID
            if element.tag in _EADID or element.tag in _DID:
                yield element
            if not inside_did:
                _forget(element)
    except etree.XMLSyntaxError as error:
        raise UnreadableFile(_complaint(events.error_log, name)) from error


def _complaint(log: etree._ListErrorLog, name: str) -> str:
    """The parser's last word in ours; the exception itself at times only says it found nothing."""
    last = log.last_error
    if last is None:
        return f"{name}: not XML: it is empty"
    return f"{name}:{last.line}: not well-formed XML: {_PARSERS_OWN_WORDS.sub('', last.message)}"


def _require_plain_ead(root: etree._Element, name: str) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableFile(
            f"{name}: declares a DTD, which is refused because entities can be used to attack; "
            "export EAD 2002 with the schema, without <!DOCTYPE>"
        )
    if root.tag not in _ROOTS:
        raise UnreadableFile(
            f"{name}:{_line(root)}: begins with <{root.tag}>; this is neither EAD 2002 nor EAD3 "
            f"(<ead> in the namespace {' or '.join(NAMESPACES.values())})"
        )


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and parent[0] is not element:
        del parent[0]


class _Gathering:
    """What one finding aid says about its containers, put together by container."""

    def __init__(self) -> None:
        self.collection = ""
        self.faults: list[RowFault] = []
        self._tops: dict[tuple[str, str], dict[str | None, _Top]] = {}
        """By type and indicator, then by barcode."""

    def take(self, element: etree._Element) -> None:
        """One finished ``eadid`` or ``did``."""
        if element.tag in _EADID:
            self.collection = self.collection or _text(element)
            return
        title = next((_text(child) for child in element.iterchildren(*_UNITTITLE)), "")
        here: dict[str, _Top] = {}
        for container in element.iterchildren(*_CONTAINER):
            mention = _mention(container)
            if not mention.indicator:
                self._note(mention, "has no indicator; give the container its number")
            elif mention.parent is None:
                top = self._top(mention)
                top.titles.add(title)
                if mention.id is not None:
                    here[mention.id] = top
            elif (top_or_none := here.get(mention.parent)) is None:
                self._note(mention, "@parent names no container before it in the same <did>")
            else:
                place = (mention.type, mention.indicator)
                inner = top_or_none.inner.setdefault(place, _Inner(mention.line))
                inner.titles.add(title)

    def rows(self) -> Iterator[CatalogueRow]:
        """Every container once, in the order of first mention."""
        for (type_, indicator), pieces in self._tops.items():
            for barcode, top in pieces.items():
                steps = [type_, indicator, *([barcode] if barcode and len(pieces) > 1 else [])]
                yield from self._rows(top, steps, barcode)

    def _rows(self, top: _Top, steps: list[str], barcode: str | None) -> Iterator[CatalogueRow]:
        box = self._row(top.line, steps, top.titles, kind=steps[0], home=top.home, barcode=barcode)
        yield box
        for place, inner in top.inner.items():
            yield self._row(
                inner.line,
                [*steps, *place],
                inner.titles,
                kind=place[0],
                home=top.home,
                parent=box.external_id,
            )

    def _row(
        self,
        line: int,
        steps: list[str],
        titles: _Titles,
        *,
        kind: str,
        home: str,
        barcode: str | None = None,
        parent: str | None = None,
    ) -> CatalogueRow:
        code = " ".join([self.collection, *steps])
        return CatalogueRow(
            line=line,
            external_id="/".join(map(_step, [self.collection, *steps])),
            reference_code=code,
            title=str(titles) or code,
            kind=_KINDS.get(kind, HoldingKind.BOX),
            fonds=self.collection,
            home=home,
            parent_external_id=parent,
            barcode=barcode,
        )

    def _top(self, mention: _Mention) -> _Top:
        """The piece meant; a mention without barcode means the only piece of that number."""
        pieces = self._tops.setdefault((mention.type, mention.indicator), {})
        if mention.barcode is None and len(pieces) == 1:
            return next(iter(pieces.values()))
        if mention.barcode is not None and list(pieces) == [None]:
            pieces[mention.barcode] = pieces.pop(None)
        return pieces.setdefault(mention.barcode, _Top(mention.line, mention.home))

    def _note(self, mention: _Mention, text: str) -> None:
        self.faults.append(RowFault(line=mention.line, column="container", text=text))


def _mention(container: etree._Element) -> _Mention:
    labelled = _BARCODE.search(container.get("label", ""))
    barcode = container.get("containerid") or ("" if labelled is None else labelled[1])
    return _Mention(
        line=_line(container),
        id=container.get("id"),
        parent=container.get("parent"),
        type=container.get("type", container.get("localtype", "box")).strip().casefold() or "box",
        indicator=_text(container),
        barcode="".join(barcode.split()) or None,
        home=_home(container.get("altrender", "").strip()),
    )


def _home(altrender: str) -> str:
    """The location; URIs of the container and of its location stand in one attribute."""
    return altrender.split()[-1] if altrender.startswith("/") else altrender


def _line(element: etree._Element) -> int:
    return int(cast("int", element.sourceline))


def _text(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def _step(text: str) -> str:
    """A step of an external id: no text can pretend to be two."""
    return text.replace("%", "%25").replace("/", "%2F")
