"""Sends rows to intake, in batches, and reports what became of each.

Intake knows a row by its `source_id`: sending it again changes nothing, so a batch whose answer got lost is sent again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Literal, Self

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from redress.importing.parsing import Row
from shared.backoff import retrying

BATCH: Final = 500
"""The most rows that intake accepts in one request."""

_BUSY: Final = frozenset({429, 502, 503, 504})


class ImportFailed(Exception):
    """Intake cannot be reached, or refuses the request as a whole. The rows it has answered before are in."""


class RowResult(BaseModel):
    """What became of one row. `exists`: it is there already, the same. `conflict`: it is there, and differs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    source_id: str | None
    status: Literal["created", "exists", "conflict", "refused"]
    feedback_id: str | None = None
    reference: str | None = None
    error: str | None = None

    @property
    def fine(self) -> bool:
        return self.status in {"created", "exists"}


class _Busy(Exception):
    """Intake does not answer now."""


class IntakeClient:
    """A connection to intake. `patience` is how long one batch is tried while intake does not answer, in seconds."""

    def __init__(self, url: str, token: str, *, patience: float = 120.0) -> None:
        self._patience = patience
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/jsonl"},
            timeout=60.0,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def deliver(self, rows: Iterable[Row], *, dry_run: bool = False) -> Iterator[tuple[Row, RowResult]]:
        """Send rows, 500 at a time, and yield each with its result: with `dry_run` the one that it would have.

        Raises:
            ImportFailed: nobody answers for `patience` seconds, or the request is refused.
        """
        source = iter(rows)
        while batch := list(islice(source, BATCH)):
            yield from zip(batch, self._send(batch, dry_run), strict=True)

    def _send(self, batch: Sequence[Row], dry_run: bool) -> list[RowResult]:
        body = "".join(row.case.model_dump_json(exclude_defaults=True) + "\n" for row in batch)
        try:
            for attempt in retrying(_Busy, first=0.2, longest=5, within=self._patience):
                with attempt:
                    response = self._post(body, dry_run)
        except _Busy as error:
            raise ImportFailed(f"intake does not answer: {error}") from error
        if response.status_code != 200:
            raise ImportFailed(_problem(response))
        try:
            answers = [RowResult.model_validate_json(line) for line in response.text.splitlines() if line.strip()]
        except ValidationError as error:
            raise ImportFailed("intake answered something that is not an answer to an import") from error
        if [a.source_id for a in answers] != [row.case.source_id for row in batch]:
            raise ImportFailed("intake did not answer every row in order")
        return answers

    def _post(self, body: str, dry_run: bool) -> httpx.Response:
        try:
            response = self._http.post("/api/v1/import", content=body.encode(), params={"dry_run": "true"} if dry_run else {})
        except httpx.TransportError as error:
            raise _Busy(type(error).__name__) from error
        if response.status_code in _BUSY:
            raise _Busy(f"status {response.status_code}")
        return response


def _problem(response: httpx.Response) -> str:
    """The reason in a problem document, or the bare status."""
    try:
        body: Any = json.loads(response.text)
        faults = "; ".join(f"{f['pointer']}: {f['detail']}" for f in body.get("errors", [])[:5])
        return f"intake refused: {body['detail']}" + (f" ({faults})" if faults else "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"intake answered with status {response.status_code}"
