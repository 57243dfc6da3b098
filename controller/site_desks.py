"""What a desk of the site file means for whoever writes tags there: fields to lock, a password."""

import re
from collections.abc import Mapping

from controller.config import Desk, LockedField, SiteFileError, read_secret
from controller.domain.plans import DeskPlan
from drivers.commands import LockField

FIELDS: Mapping[LockedField, LockField] = {
    "epc": LockField.EPC,
    "user": LockField.USER,
    "access-password": LockField.ACCESS_PASSWORD,
    "kill-password": LockField.KILL_PASSWORD,
}
_PASSWORD = re.compile(r"[0-9A-Fa-f]{8}")


def desk_plan(desk: Desk) -> DeskPlan:
    """The desk as the domain sees it.

    Raises:
        SiteFileError: its password cannot be read, or is none.
    """
    return DeskPlan(
        id=desk.id,
        locks=tuple(FIELDS[name] for name in desk.locks),
        access_password=access_password(desk),
    )


def access_password(desk: Desk) -> int:
    """The password that tags get at that desk; 0 where the site has none.

    Raises:
        SiteFileError: it cannot be read, or is none.
    """
    secret = read_secret(desk_secret(desk.id), desk.access_password_file)
    if secret is None:
        return 0
    if _PASSWORD.fullmatch(secret) is None or int(secret, 16) == 0:
        raise SiteFileError(
            f"desk {desk.id}: the access password must be eight hexadecimal digits, not all zero"
        )
    return int(secret, 16)


def desk_secret(desk: str) -> str:
    """The systemd credential that holds the access password of that desk's tags."""
    return f"{desk}-access-password"
