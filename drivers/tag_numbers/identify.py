"""Says what a number is, or that it cannot be told. A wrong answer is worse than none."""

import re
from collections.abc import Collection

from drivers.tag_numbers.code40 import afi_state, decode_uii
from drivers.tag_numbers.gen2 import MAX_WORDS, ProtocolControl
from drivers.tag_numbers.gs1 import Gs1Number, decode_gs1
from drivers.tag_numbers.number import AfiState, BadNumber, Scheme, TagNumber

SCHEMES = frozenset(scheme.value for scheme in Scheme if scheme is not Scheme.UNKNOWN)
"""What a site may list."""

_HEX = re.compile(rf"(?:[0-9A-Fa-f]{{4}}){{1,{MAX_WORDS}}}")


def identify(
    epc_hex: str, pc: int | None = None, schemes: Collection[str] | None = None
) -> TagNumber:
    """What the number ``epc_hex`` is, by its PC word and the schemes a site uses.

    Without ``pc``, as from readers that do not deliver it, a library number is recognised only
    where the site lists its scheme, and nothing is where two schemes would do. ``None`` for
    ``schemes`` allows all.

    Raises:
        BadNumber: not hexadecimal in whole words, no PC word, or no such scheme.
    """
    if _HEX.fullmatch(epc_hex) is None:
        raise BadNumber(f"{epc_hex!r} is not hexadecimal in 1 to {MAX_WORDS} words of 4 digits")
    strange = set(schemes or ()) - SCHEMES
    if strange:
        raise BadNumber(f"no scheme {min(strange)!r}; there are {', '.join(sorted(SCHEMES))}")
    control = None if pc is None else ProtocolControl.from_word(pc)
    epc = bytes.fromhex(epc_hex)
    if control is not None and not control.fits(len(epc) // 2):
        said = f"its PC word announces {control.words} words, {len(epc) // 2} were read"
        return _unknown(epc, control, said)
    try:
        found = _read(epc, control, schemes)
    except BadNumber as error:
        return _unknown(epc, control, str(error))
    if schemes is not None and found.scheme not in schemes:
        return _unknown(epc, control, f"reads as {found.scheme}, which is not used here")
    return found


def _read(
    epc: bytes, control: ProtocolControl | None, schemes: Collection[str] | None
) -> TagNumber:
    if control is not None and control.iso:
        if afi_state(control.attributes) is AfiState.OTHER:
            raise BadNumber(f"an ISO number of AFI {control.attributes:02X}, no library item")
        return _library(epc, control)
    if control is None and Scheme.ISO_28560_4 in (schemes or ()):
        return _either(epc, schemes or ())
    return _gs1(epc, control)


def _either(epc: bytes, schemes: Collection[str]) -> TagNumber:
    """Without a PC word: whichever scheme in use makes sense of it, if only one does."""
    sane: list[TagNumber] = []
    reasons: list[str] = []
    for read in (_gs1, _library):
        try:
            found = read(epc, None)
        except BadNumber as error:
            reasons.append(str(error))
        else:
            sane += [found] if found.scheme in schemes else []
    if len(sane) == 1:
        return sane[0]
    if sane:
        names = " or ".join(found.scheme for found in sane)
        raise BadNumber(f"without its PC word it may be {names}")
    raise BadNumber("; ".join(reasons) or "of no scheme used here")


def _gs1(epc: bytes, control: ProtocolControl | None) -> TagNumber:
    number = decode_gs1(epc)
    return TagNumber(
        epc=_hex(epc),
        scheme=number.scheme,
        urn=number.urn,
        element_string=number.element_string,
        afi_state=_state(control),
        afi=None,
        proposes=_proposal(number),
        reason="",
    )


def _proposal(number: Gs1Number) -> str | None:
    """What may be a reference code: the serial; a GIAI's own reference; of an SGTIN nothing.

    The serial of an SGTIN counts copies of an article and would match a short code by chance.
    """
    if number.scheme is Scheme.SGTIN_96:
        return None
    return number.serial or number.reference


def _library(epc: bytes, control: ProtocolControl | None) -> TagNumber:
    return TagNumber(
        epc=_hex(epc),
        scheme=Scheme.ISO_28560_4,
        urn=None,
        element_string=None,
        afi_state=_state(control),
        afi=_afi(control),
        proposes=decode_uii(epc),
        reason="",
    )


def _unknown(epc: bytes, control: ProtocolControl | None, reason: str) -> TagNumber:
    return TagNumber(
        epc=_hex(epc),
        scheme=Scheme.UNKNOWN,
        urn=None,
        element_string=None,
        afi_state=_state(control),
        afi=_afi(control),
        proposes=None,
        reason=reason,
    )


def _hex(epc: bytes) -> str:
    return epc.hex().upper()


def _afi(control: ProtocolControl | None) -> int | None:
    return control.attributes if control is not None and control.iso else None


def _state(control: ProtocolControl | None) -> AfiState:
    if control is None:
        return AfiState.UNKNOWN
    return afi_state(control.attributes) if control.iso else AfiState.NONE
