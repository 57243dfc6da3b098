"""Top containers of an ArchivesSpace repository, over its REST API.

Lists are asked for by id (``all_ids``, ``id_set``), so that nothing is missed or doubled while
people work. An answer of 200 may say ``error`` inside, or lack records asked for: those are read
one by one. What vanished comes from the delete feed, or from a full list. Nothing is written.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

import urllib3

from controller.catalogue.faults import RowFault, row_faults
from controller.catalogue.harvesting import CatalogueUnreachable, Page
from controller.domain.catalogue import CatalogueRow
from controller.domain.model import HoldingKind

IDS_A_PAGE = 25
OVERLAP_S = 300
"""Asked again at the next harvest: their clock and their transactions are not ours."""
LARGEST_ANSWER = 32 << 20
_TIMEOUT_S = 30.0
_SESSION_GONE = 412
_KINDS = {
    "box": HoldingKind.BOX,
    "volume": HoldingKind.VOLUME,
    "item": HoldingKind.FILE,
    "folder": HoldingKind.FILE,
    "bag": HoldingKind.BAG,
}


class ArchivesSpace:
    """Reads one repository; ``password`` is asked of nobody else."""

    def __init__(self, url: str, repository: int, *, username: str, password: str) -> None:
        self._url = url.rstrip("/")
        self._here = f"/repositories/{repository}"
        self._username, self._password = username, password
        self._session = ""
        retries = urllib3.Retry(
            total=4,
            backoff_factor=0.5,
            status_forcelist=(429, 500, 502, 503, 504),
            allowed_methods=("GET",),
            raise_on_status=False,
        )
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(_TIMEOUT_S), retries=retries, maxsize=1
        )

    def close(self) -> None:
        """Give the connection back."""
        self._pool.clear()

    def pages(self, since: str, resume: Page | None) -> Iterator[Page]:
        """Every top container changed after ``since`` (epoch seconds), in the order of their ids.

        Raises:
            CatalogueUnreachable: no answer, or one that makes no sense.
        """
        changed = {"modified_since": since} if since else {}
        ids, now = self._ids(changed)
        begun = now if resume is None else resume.begun
        done = -1 if resume is None else int(resume.resume)
        left = [each for each in ids if each > done]
        for first in range(0, len(left), IDS_A_PAGE):
            lot = left[first : first + IDS_A_PAGE]
            rows, gone = self._containers(lot)
            yield Page(begun=begun, rows=rows, deleted=gone, resume=str(lot[-1]))
        last = str(max([done, *ids]))
        yield from self._deletions(since, begun, last) if since else ()
        yield Page(begun=begun, rows=(), resume=last)

    def _ids(self, changed: Mapping[str, str]) -> tuple[list[int], str]:
        asked = {"all_ids": "true"} | dict(changed)
        answer, headers = self._get(f"{self._here}/top_containers", asked)
        if not isinstance(answer, list) or not all(isinstance(each, int) for each in answer):
            raise CatalogueUnreachable(f"{self._url}: all_ids gave no list of ids: {answer!r:.80}")
        try:
            now = parsedate_to_datetime(headers["Date"]).astimezone(UTC).timestamp()
        except (KeyError, ValueError) as error:
            raise CatalogueUnreachable(f"{self._url}: answers without the time (Date)") from error
        return sorted(set(answer)), str(max(0, int(now) - OVERLAP_S))

    def _containers(self, ids: Sequence[int]) -> tuple[list[CatalogueRow | RowFault], list[str]]:
        """The records of ``ids``; those an answer left out are read one by one."""
        asked = {"id_set": ",".join(map(str, ids)), "resolve[]": "container_locations"}
        answer, _ = self._get(f"{self._here}/top_containers", asked)
        found = answer if isinstance(answer, list) else []
        records = {str(each.get("uri")): each for each in found if isinstance(each, dict)}
        rows: list[CatalogueRow | RowFault] = []
        gone: list[str] = []
        for each in ids:
            uri = f"{self._here}/top_containers/{each}"
            record = records.get(uri) or self._single(uri)
            if record is None:
                gone.append(uri)
            else:
                rows += _row(record, uri, each)
        return rows, gone

    def _single(self, uri: str) -> dict[str, Any] | None:
        answer, _ = self._get(uri, {"resolve[]": "container_locations"}, absent_is_none=True)
        if answer is not None and not (isinstance(answer, dict) and answer.get("uri") == uri):
            raise CatalogueUnreachable(f"{self._url}{uri}: is not the record: {answer!r:.80}")
        return answer

    def _deletions(self, since: str, begun: str, resume: str) -> Iterator[Page]:
        number, last = 1, 1
        while number <= last:
            asked = {"modified_since": since, "page": str(number), "page_size": "250"}
            answer, _ = self._get("/delete-feed", asked)
            if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
                raise CatalogueUnreachable(f"{self._url}/delete-feed: no results: {answer!r:.80}")
            ours = f"{self._here}/top_containers/"
            gone = [each for each in answer["results"] if str(each).startswith(ours)]
            yield Page(begun=begun, rows=(), deleted=gone, resume=resume)
            number, last = number + 1, int(answer.get("last_page", 1))

    def _get(
        self, path: str, asked: Mapping[str, str], *, absent_is_none: bool = False
    ) -> tuple[Any, Mapping[str, str]]:
        """The JSON at ``path``; a session that has gone is opened anew, once."""
        if not self._session:
            self._sign_in()
        target = f"{path}?{urlencode(asked)}"
        answer = self._ask("GET", target)
        if answer.status == _SESSION_GONE:
            self._sign_in()
            answer = self._ask("GET", target)
        if answer.status == 404 and absent_is_none:
            return None, answer.headers
        return self._json(answer, path), answer.headers

    def _sign_in(self) -> None:
        self._session = ""
        target = f"/users/{quote(self._username, safe='')}/login"
        answer = self._ask("POST", target, {"password": self._password})
        if answer.status in (401, 403):
            raise CatalogueUnreachable(
                f"{self._url}: refuses user {self._username!r}; check username and password_file"
            )
        session = self._json(answer, "login")
        self._session = str(session.get("session", "")) if isinstance(session, dict) else ""

    def _ask(
        self, method: str, target: str, fields: Mapping[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        headers = {"X-ArchivesSpace-Session": self._session} if self._session else {}
        body = None if fields is None else urlencode(fields)
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            return self._pool.request(
                method, self._url + target, body=body, headers=headers, preload_content=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise CatalogueUnreachable(f"{self._url}: does not answer: {error}") from error

    def _json(self, answer: urllib3.BaseHTTPResponse, path: str) -> Any:
        try:
            content = answer.read(LARGEST_ANSWER + 1)
        except urllib3.exceptions.HTTPError as error:
            raise CatalogueUnreachable(f"{self._url}: breaks off: {error}") from error
        finally:
            answer.release_conn()
        if answer.status != 200:
            raise CatalogueUnreachable(f"{self._url}: {path}: HTTP {answer.status}")
        if len(content) > LARGEST_ANSWER:
            raise CatalogueUnreachable(f"{self._url}: {path}: more than {LARGEST_ANSWER} bytes")
        try:
            document = json.loads(content)
        except ValueError as error:
            kind = answer.headers.get("Content-Type", "nothing")
            raise CatalogueUnreachable(
                f"{self._url}: {path}: is no JSON but {kind}; is this the address of the API?"
            ) from error
        if isinstance(document, dict) and document.get("error"):
            raise CatalogueUnreachable(f"{self._url}: {path}: {document['error']!r:.200}")
        return document


def _row(record: Mapping[str, Any], uri: str, number: int) -> list[CatalogueRow | RowFault]:
    """The holding a record is, or what is wrong with it."""
    type_ = str(record.get("type") or "box").strip().casefold()
    indicator = str(record.get("indicator") or "").strip()
    if not indicator:
        return [RowFault(line=number, column="indicator", text=f"{uri}: has none; number it")]
    collections = record.get("collection") or [{}]
    fonds = str(collections[0].get("identifier") or "").strip()
    code = " ".join(part for part in (fonds, type_, indicator) if part)
    barcode = "".join(str(record.get("barcode") or "").split())
    row = CatalogueRow(
        line=number,
        external_id=uri,
        reference_code=code,
        title=str(record.get("long_display_string") or record.get("display_string") or code),
        kind=_KINDS.get(type_, HoldingKind.BOX),
        fonds=fonds,
        home=_home(record),
        barcode=barcode or None,
    )
    return list(row_faults(row)) or [row]


def _home(record: Mapping[str, Any]) -> str:
    """The current location; the title where it was resolved, else its URI."""
    for place in record.get("container_locations") or ():
        if place.get("status") == "current":
            resolved = place.get("_resolved") or {}
            return str(resolved.get("title") or place.get("ref") or "").strip()
    return ""
