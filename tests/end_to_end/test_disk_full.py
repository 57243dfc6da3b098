"""A full disk while a file leaves: the lamp is red at once, the rest is told when there is room."""

from io import FileIO

from simulators.demo_site import HOLDINGS
from simulators.walks import Motion, Walk
from tests.end_to_end.running import DOOR, running_site
from tests.end_to_end.test_a_file_leaves import BUZZER, RED, fill
from tests.services import eventually
from tests.small_disk import small_disk

DISK_BYTES = 32 * 1024 * 1024


def test_a_full_disk_hides_no_exit_and_is_over_once_there_is_room() -> None:
    with small_disk(DISK_BYTES) as disk, running_site(disk) as site:
        fill(site)
        eventually(lambda: site.devices.reader.reading, bool)
        ballast = disk / "repository.db.ballast"
        eventually(ballast.exists, bool)
        hog = disk / "somebody-elses-file"
        with hog.open("wb", buffering=0) as greedy:
            take_all(greedy)
        site.devices.world.walk(DOOR, Walk([HOLDINGS[0].epc], Motion.OUT))
        eventually(lambda: site.devices.reader.outputs[RED], bool, 20)
        assert site.devices.reader.outputs[BUZZER]
        eventually(ballast.exists, lambda there: not there, 20)
        full = eventually(
            lambda: [a for a in site.events("AlarmRaised") if a["kind"] == "store_full"], bool, 20
        )
        assert full[0]["priority"] == "critical"
        hog.unlink()
        eventually(ballast.exists, bool, 20)
        over = site.wait_for("AlarmReturnedToNormal")
        assert any(event["alarm_id"] == "store_full:controller" for event in over)
        exits = [a for a in site.events("AlarmRaised") if a["kind"] == "unauthorised_exit"]
        assert [a["subject"] for a in exits] == [HOLDINGS[0].reference_code]
        assert site.stop("controller") == 0
        assert site.differences() == []


def take_all(greedy: FileIO) -> None:
    """Write until there is no room, down to the last page."""
    for size in (1 << 20, 1 << 12, 1):
        try:
            while True:
                greedy.write(b"x" * size)

        except OSError:
            continue
