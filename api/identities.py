"""Identity numbers that people type: digested at once, and never filed, kept or logged."""

from collections.abc import Sequence

from api.problems import Problem
from controller.config import Site, read_secret
from controller.domain.numbers.key_fields import IDENTITY, seal

BORROWER = "borrower"


def digests(site: Site, borrower: str, relatives: Sequence[str]) -> dict[str, str]:
    """Keyed digests of the borrower and of relatives, by whom they are of.

    Raises:
        Problem: 422, a number is none; 409, the site has no secret to digest it with.
    """
    typed = {BORROWER: borrower} | {f"relative-{n}": each for n, each in enumerate(relatives, 1)}
    given = {who: number.strip() for who, number in typed.items() if number.strip()}
    if not given:
        return {}
    secret = read_secret("key-fields", site.lending.key_fields_file)
    if not secret:
        raise Problem(409, "no_key_fields_secret", "The site has no secret for key fields.")
    sealed = {who: seal(IDENTITY, number, secret.encode()) for who, number in given.items()}
    for who, each in sealed.items():
        if not each.valid:
            raise Problem(422, "bad_identity_number", "That is no identity number.", of=who)
    return {who: each.digest for who, each in sealed.items()}
