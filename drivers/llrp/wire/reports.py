"""Tag reads out of the RO_ACCESS_REPORT messages of one connection (section 14.2.3), fast.

A reader sends the same shape of report all day. Its layout is learnt, and a report of that
layout is taken apart at once, and so is a run of reports of one tag each; any other goes the safe
way, parameter by parameter. All ways give the same reads, and know that a reader may leave out a
parameter that equals the last one it sent.
"""

from drivers.llrp.wire.framing import HEADER
from drivers.llrp.wire.layout import Layout
from drivers.llrp.wire.messages import MESSAGES
from drivers.llrp.wire.tagdata import TAG_REPORT_DATA, Latest, pieces, read_tag
from drivers.observations import TagRead

RO_ACCESS_REPORT = MESSAGES.by_name["RO_ACCESS_REPORT"].number
RUN_AT_MOST = 32
"""So many reports are compared at once; bounds what a comparison needs."""
_HEAD_MASK = b"\xff" * 6 + bytes(4)
"""Of a message's head all must be as learnt, but for its id."""


class TagReports:
    """Reads reports in the order in which they came; one for each connection."""

    def __init__(self, *, learn: bool = True) -> None:
        """With ``learn`` false every report goes the safe way."""
        self._learn = learn
        self._latest: Latest = {}
        self._layout: Layout | None = None
        self._alone: Layout | None = None
        """Of a whole report with one tag."""
        self._newest = b""
        """The last tag taken apart by layout; its values are not in ``_latest`` yet."""

    def read(self, frame: bytes) -> tuple[TagRead, ...]:
        """The reads in ``frame``, one whole RO_ACCESS_REPORT.

        Raises:
            Garbled: it is malformed; then nothing of it is kept.
        """
        body = memoryview(frame)[HEADER.size :]
        layout = self._layout
        if layout is not None and layout.fits(body):
            self._newest = frame[-layout.size :]
            return layout.reads(body)
        return self._walk(frame)

    def read_run(self, data: bytes) -> tuple[int, list[TagRead]]:
        """The reads of the reports that ``data`` begins with, and how many octets these are.

        Only whole reports of one tag each, and only of the layout learnt last; the rest is for
        `read`, frame by frame.
        """
        layout, reads, at = self._alone, list[TagRead](), 0
        if layout is None:
            return at, reads
        view, size = memoryview(data), layout.size
        while count := min(RUN_AT_MOST, (len(data) - at) // size):
            part = view[at : at + count * size]
            if not layout.fits(part):
                break
            reads += layout.reads(part)
            at += len(part)
        if at:
            self._newest = data[at - size + HEADER.size : at]
        return at, reads

    def _walk(self, frame: bytes) -> tuple[TagRead, ...]:
        latest = dict(self._latest)
        if self._newest:
            read_tag(self._newest, 4, len(self._newest), latest)
        reads, sample = [], b""
        for kind, start, end in pieces(frame, HEADER.size, len(frame)):
            if kind == TAG_REPORT_DATA:
                reads.append(read_tag(frame, start, end, latest))
                sample = frame[start - 4 : end]
        self._latest, self._newest = latest, b""
        if self._learn and sample:
            self._learn_from(sample, frame, latest)
        return tuple(reads)

    def _learn_from(self, sample: bytes, frame: bytes, latest: Latest) -> None:
        self._layout = self._alone = None
        layout = Layout(sample)
        # A tag that leaves out what was sent before cannot be read without looking back.
        if layout.kinds >= latest.keys():
            self._layout = layout
            length = (HEADER.size + layout.size).to_bytes(4)
            self._alone = Layout(sample, frame[:2] + length + bytes(4), _HEAD_MASK)
