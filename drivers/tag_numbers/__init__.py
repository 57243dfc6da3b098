"""What the number in a tag says by itself, in both directions. Pure: no I/O, no catalogue.

A decoded number only *proposes* a reference code; whose tag it is, the catalogue's binding says.
"""

from drivers.tag_numbers.code40 import IN_STOCK_AFI, ON_LOAN_AFI, decode_uii, encode_uii
from drivers.tag_numbers.gen2 import ProtocolControl, crc16, stored_crc_matches
from drivers.tag_numbers.gs1 import Gs1Number, decode_gs1, encode_gs1, parse_urn
from drivers.tag_numbers.identify import SCHEMES, identify
from drivers.tag_numbers.number import AfiState, BadNumber, Scheme, TagNumber

__all__ = ["IN_STOCK_AFI", "ON_LOAN_AFI", "SCHEMES", "AfiState", "BadNumber", "Gs1Number"]
__all__ += ["ProtocolControl", "Scheme", "TagNumber", "crc16", "decode_gs1", "decode_uii"]
__all__ += ["encode_gs1", "encode_uii", "identify", "parse_urn", "stored_crc_matches"]
