"""Where things are: the hot routes. Answered in the event loop on a held connection."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from api.answers import answer, tagged
from api.context import ContextOf, context_of
from api.inputs import Code, Id
from api.models import WhereaboutsList, documented, structure
from api.problems import Problem
from controller.store.views_whereabouts import MOST_CODES, Whereabouts

router = APIRouter(tags=["whereabouts"], responses=documented(401, 403, 422))


class Codes(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is asked for in one go."""

    codes: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=1, max_length=200)]],
        msgspec.Meta(min_length=1, max_length=MOST_CODES),
    ]


_decode: Final = msgspec.json.Decoder(Codes).decode
_CODES_SCHEMA: Final = msgspec.json.schema(Codes)["$defs"]["Codes"]


@router.get("/v1/whereabouts", responses={**structure(Whereabouts), **documented(304, 404, 409)})
async def whereabouts_by_code(request: Request, code: Code) -> Response:
    """Where the holding with this reference code 档号 is now.

    409 when several holdings bear it; ``holding_ids`` names them.
    """
    context = context_of(request)
    found = context.whereabouts.by_codes((code,), context.now())
    if not found:
        raise Problem(404, "no_such_holding", "The catalogue has no such reference code.")
    if len(found) > 1:
        ids = [one.holding_id for one in found]
        raise Problem(409, "code_not_unique", "Ask by id.", holding_ids=ids)
    return _tagged(request, found[0])


@router.post(
    "/v1/whereabouts",
    responses={**structure(WhereaboutsList), **documented(400, 413)},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": _CODES_SCHEMA,
                    "example": {"codes": ["J001-WS·2021-D30-00042"]},
                }
            },
        }
    },
)
async def whereabouts_by_codes(request: Request) -> Response:
    """Where up to 500 holdings are now, in the order of their codes.

    ``unknown`` lists the codes nothing bears. A code that several holdings bear yields several.
    """
    try:
        codes = _decode(await request.body()).codes
    except msgspec.ValidationError as error:
        raise Problem(422, "not_valid", str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(400, "not_json", str(error)) from error
    if "\x00" in "".join(codes):  # faster than a pattern for each
        raise Problem(422, "not_valid", "No reference code has a NUL in it.")
    context = context_of(request)
    found = context.whereabouts.by_codes(codes, context.now())
    known = {one.reference_code for one in found}
    unknown = [code for code in dict.fromkeys(codes) if code not in known]
    return answer(WhereaboutsList(whereabouts=found, unknown=unknown))


@router.get(
    "/v1/holdings/{holding_id}/whereabouts",
    responses={**structure(Whereabouts), **documented(304, 404)},
)
async def whereabouts_by_id(
    request: Request,
    context: ContextOf,
    holding_id: Id,
    as_of: Annotated[
        AwareDatetime | None, Query(description="A past moment with its zone; else now.")
    ] = None,
) -> Response:
    """Where one holding is now, or was at a past moment."""
    now = context.now()
    if as_of is not None and as_of > now:
        raise Problem(422, "in_the_future", "Nobody knows where it will be.")
    found = context.whereabouts.by_id(holding_id, now, as_of)
    if found is None:
        raise Problem(404, "no_such_holding", "The catalogue has no holding of that id.")
    return _tagged(request, found)


def _tagged(request: Request, found: Whereabouts) -> Response:
    """``as_of`` moves with every heartbeat, so the tag is weak and made of what tells a change."""
    loan = found.authority
    told = (found.holding_id, found.home, found.title, found.evidence, found.state, found.left_at)
    lent = None if loan is None else (loan.id, loan.due, loan.overdue)
    return tagged(request, found, weak=repr((told, lent)).encode())
