"""The screens' own files, kept by browsers for as long as their address stays the same."""

from typing import Final

from starlette import staticfiles
from starlette.responses import Response
from starlette.types import Scope

from api.screens.rendering import STATIC

FOR_EVER: Final = "public, max-age=31536000, immutable"


class StaticFiles(staticfiles.StaticFiles):
    """Serves ``static``; an address with ``v`` holds a digest of the content, so it never ages."""

    def __init__(self) -> None:
        super().__init__(directory=str(STATIC))

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long it may be kept."""
        response = await super().get_response(path, scope)
        versioned = b"v=" in scope["query_string"]
        response.headers["Cache-Control"] = FOR_EVER if versioned else "no-cache"
        return response
