"""The memory of a simulated Gen2 tag, with its locks and passwords (EPC Gen2 section 6.3.2)."""

from collections import deque
from collections.abc import Sequence

RESERVED, EPC, TID, USER = range(4)
KILL_PASSWORD_FIELD, ACCESS_PASSWORD_FIELD, EPC_FIELD, TID_FIELD, USER_FIELD = range(5)
LOCKED, LOCKED_FOR_EVER, OPEN_FOR_EVER, OPEN = range(4)
EPC_STARTS_AT = 4
PC_LENGTH_SHIFT = 3


class TagError(Exception):
    """The tag, or the reader for it, says no: the end of a word of the standard's result types."""


class SimulatedTag:
    """One tag with its four banks; what it is called is what its EPC bank says."""

    def __init__(
        self,
        epc: str,
        *,
        tid: str = "E2801190200050004F2A03B1",
        user_words: int = 32,
        access_password: int = 0,
        kill_password: int = 0,
    ) -> None:
        octets = bytes.fromhex(epc)
        pc = len(octets) // 2 << 11
        passwords = kill_password.to_bytes(4) + access_password.to_bytes(4)
        self.banks = {
            RESERVED: bytearray(passwords),
            EPC: bytearray(b"\x00\x00" + pc.to_bytes(2) + octets.ljust(16, b"\x00")),
            TID: bytearray.fromhex(tid),
            USER: bytearray(2 * user_words),
        }
        self.locks = dict.fromkeys(range(5), OPEN)
        self.locks[TID_FIELD] = LOCKED_FOR_EVER
        self.killed = False
        self.failures: deque[str] = deque()
        """What the next operations end with, one each, instead of being carried out."""
        self.breaks_after_words: int | None = None
        """The next write ends after so many words, as when the tag leaves the field."""

    @property
    def epc(self) -> str:
        """What it answers to an inventory, by the length in its PC word."""
        words = self.banks[EPC][2] >> PC_LENGTH_SHIFT
        return self.banks[EPC][EPC_STARTS_AT : EPC_STARTS_AT + 2 * words].hex().upper()

    @property
    def pc(self) -> int:
        """Its protocol control word."""
        return int.from_bytes(self.banks[EPC][2:4])

    def matches(self, bank: int, pointer: int, mask: bytes, data: bytes) -> bool:
        """Whether its memory from bit ``pointer``, a multiple of 8, is ``data`` under ``mask``."""
        start = pointer // 8
        there = self.banks[bank][start : start + len(mask)]
        if bank == EPC and start + len(mask) > EPC_STARTS_AT + len(self.epc) // 2:
            return False
        pairs = zip(there, data, mask, strict=False)
        return len(there) == len(mask) and all((a ^ b) & m == 0 for a, b, m in pairs)

    def read(self, bank: int, pointer: int, count: int, password: int) -> tuple[int, ...]:
        """So many words, or with 0 all to the end of the bank."""
        secured = self._begin(password)
        content = self.banks[bank]
        stop = len(content) if count == 0 else 2 * (pointer + count)
        if stop > len(content) or 2 * pointer >= len(content):
            raise TagError("Nonspecific_Tag_Error")
        if bank == RESERVED and not self._writable(bank, pointer, stop // 2, secured=secured):
            raise TagError("Nonspecific_Tag_Error")
        part = content[2 * pointer : stop]
        return tuple(int.from_bytes(part[at : at + 2]) for at in range(0, len(part), 2))

    def write(self, bank: int, pointer: int, words: Sequence[int], password: int) -> int:
        """Write words; returns how many were."""
        secured = self._begin(password)
        stop = pointer + len(words)
        if 2 * stop > len(self.banks[bank]):
            raise TagError("Tag_Memory_Overrun_Error")
        if not self._writable(bank, pointer, stop, secured=secured):
            raise TagError("Tag_Memory_Locked_Error")
        done = len(words) if self.breaks_after_words is None else self.breaks_after_words
        self.breaks_after_words = None
        for place, word in enumerate(words[:done], start=pointer):
            self.banks[bank][2 * place : 2 * place + 2] = word.to_bytes(2)
        return min(done, len(words))

    def lock(self, changes: Sequence[tuple[int, int]], password: int) -> None:
        """Change locks: privilege and field each; only who is trusted with the password may."""
        secured = self._begin(password)
        for _, field in changes:
            if not secured or self.locks[field] in (LOCKED_FOR_EVER, OPEN_FOR_EVER):
                raise TagError("Nonspecific_Tag_Error")
        self.locks.update((field, privilege) for privilege, field in changes)

    def kill(self, password: int) -> None:
        """Be silent for ever; a kill password of zero allows it to nobody."""
        self._begin(0)
        known = int.from_bytes(self.banks[RESERVED][:4])
        if known == 0:
            raise TagError("Zero_Kill_Password_Error")
        if password != known:
            raise TagError("Nonspecific_Tag_Error")
        self.killed = True

    def _begin(self, password: int) -> bool:
        """Whether the tag is in its secured state after that password (6.3.2.12.3.6)."""
        if self.failures:
            raise TagError(self.failures.popleft())
        own = int.from_bytes(self.banks[RESERVED][4:8])
        if password not in (0, own):
            raise TagError("Nonspecific_Tag_Error")
        return password == own

    def _writable(self, bank: int, start: int, stop: int, *, secured: bool) -> bool:
        states = [self.locks[field] for field in _fields(bank, start, stop)]
        allowed = (OPEN, OPEN_FOR_EVER, LOCKED) if secured else (OPEN, OPEN_FOR_EVER)
        return all(state in allowed for state in states)


def _fields(bank: int, start: int, stop: int) -> list[int]:
    if bank != RESERVED:
        return [bank + 1]
    touched = range(start, stop)
    return [word // 2 for word in touched if word < 4]
