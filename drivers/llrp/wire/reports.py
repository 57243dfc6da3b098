"""Tag reads out of the RO_ACCESS_REPORT messages of one connection (section 14.2.3), fast.

A reader sends the same shape of report all day. Its layout is learnt, and a report of that
layout is taken apart at once; any other goes the safe way, parameter by parameter. Both ways
give the same reads, and both know that a reader may leave out a parameter that equals the last
one it sent.
"""

from drivers.llrp.wire.framing import HEADER
from drivers.llrp.wire.layout import Layout
from drivers.llrp.wire.messages import MESSAGES
from drivers.llrp.wire.tagdata import TAG_REPORT_DATA, Latest, pieces, read_tag
from drivers.observations import TagRead

RO_ACCESS_REPORT = MESSAGES.by_name["RO_ACCESS_REPORT"].number


class TagReports:
    """Reads reports in the order in which they came; one for each connection."""

    def __init__(self, *, learn: bool = True) -> None:
        """With ``learn`` false every report goes the safe way."""
        self._learn = learn
        self._latest: Latest = {}
        self._layout: Layout | None = None
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
            layout = Layout(sample)
            # A tag that leaves out what was sent before cannot be read without looking back.
            self._layout = layout if layout.kinds >= latest.keys() else None
        return tuple(reads)
