"""The pages people give feedback on. They work without JavaScript and without cookies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from services.intake.attachments.sniff import ALLOWED, media_type
from services.intake.form import KINDS, Fault, Filled, blank, read
from services.intake.limits import FILE_BYTES, FORM_BYTES, Rate
from services.intake.model import ATTACHMENTS_LIMIT, Fingerprints, Receipt
from services.intake.next_steps import NOUNS, long_day, next_steps
from services.intake.receiving import OtherPayload
from services.intake.settings import IntakeSettings
from services.intake.submissions import Submissions, clean_name, instant
from shared.events.codes import Channel, Kind
from shared.ids import feedback_id
from shared.service import correlation_id
from shared.store import StoreUnavailable
from shared.taxonomy import CodeList
from shared.telemetry.logs import get
from shared.web.pages import Pages
from shared.web.problems import Problem

log = get(__name__)
TEMPLATES = Path(__file__).parent


class Site:
    def __init__(
        self,
        settings: IntakeSettings,
        pages: Pages,
        submissions: Submissions,
        fingerprints: Fingerprints,
        rate: Rate,
    ) -> None:
        self._settings = settings
        self._pages = pages
        self._counter = submissions
        self._fingerprints = fingerprints
        self._rate = rate

    def start(self, request: Request) -> HTMLResponse:
        return self._pages.render(
            request,
            "intake/start.html",
            council=self._settings.council,
            addresses=[(NOUNS[kind], address) for address, kind in self._settings.addresses().items()],
        )

    def form(
        self, request: Request, filled: Filled, *, status: int = 200, sent: Receipt | None = None
    ) -> HTMLResponse:
        codes = self._counter.codes
        return self._pages.render(
            request,
            "intake/form.html",
            status=status,
            form=filled,
            sent=sent,
            council=self._settings.council,
            kinds=[
                {"value": k.value, "text": text, "hint": {"text": hint}} for k, (text, hint) in KINDS.items()
            ],
            service_areas=_options(codes.list("service-areas"), "I am not sure"),
            districts=_options(codes.list("districts"), "I would rather not say"),
            complainant_types=_options(codes.list("complainant-types"), "I would rather not say"),
            accept=",".join(ALLOWED.values()),
        )

    async def send(self, request: Request) -> Response:
        """Take in what a browser sends; answers with the confirmation's address, or the form with what is wrong."""
        try:
            self._rate.check(request)
        except Problem as problem:
            return self._sorry(request, 429, "Please wait a moment", problem.detail, problem.headers)
        if not same_origin(request):
            return self._sorry(
                request, 403, "This form was sent from another site", "Fill it in on our own page."
            )
        try:
            async with request.form(max_files=2 * ATTACHMENTS_LIMIT, max_fields=60) as given:
                return await self._take(request, given)
        except HTTPException as error:
            if error.status_code == 413:
                detail = (
                    f"A file may have up to {FILE_BYTES // 2**20} MB, all together {FORM_BYTES // 2**20} MB. "
                )
                detail += "Go back and choose fewer."
                headers = dict(error.headers or {})
                return self._sorry(request, 413, "Your files are too large", detail, headers)
            return self._sorry(request, 400, "We could not read what was sent", "Go back and try again.")

    async def received(self, request: Request, reference: str) -> HTMLResponse:
        """What happens next, for as long as somebody has the reference."""
        try:
            document = await self._counter.find(reference)
        except Problem as problem:
            return self._sorry(request, 404, "Page not found", problem.detail)
        kind, day = Kind(document["kind"]), date.fromisoformat(document["received_on"])
        return self._pages.render(
            request,
            "intake/received.html",
            reference=document["reference"],
            noun=NOUNS[kind],
            day=long_day(day),
            steps=next_steps(kind, day, document["procedure"]).sentences,
            mailed=bool(document.get("mails")),
            contact=self._settings.address_for(kind),
        )

    async def _take(self, request: Request, given: FormData) -> Response:
        filled = read(given, self._counter.codes)
        uploads = [u for u in given.getlist("files") if isinstance(u, UploadFile) and u.filename]
        files, faults = await _checked(uploads)
        filled.faults += faults
        if filled.faults:
            return self.form(request, filled, status=422)
        submission = filled.submission()
        payload = {
            **submission.model_dump(mode="json", exclude_defaults=True),
            "files": [[name, self._fingerprints.of_bytes(data)] for name, _, data in files],
        }
        fingerprint = self._fingerprints.of(payload)
        item = feedback_id("form", filled.token)
        try:
            receipt = await self._counter.reception.known(item, fingerprint)
            if receipt is None:
                kept = [
                    await self._counter.attachments.keep(data, name, kind, owner=item)
                    for name, kind, data in files
                ]
                receipt = await self._counter.take_in(
                    submission,
                    item,
                    channel=Channel.WEB,
                    received_at=instant(),
                    fingerprint=fingerprint,
                    correlation_id=correlation_id(),
                    kept=kept,
                )
        except OtherPayload as other:
            # They went back, changed something and sent it again. It is not lost: they say whether it is new.
            again = Filled(blank().token, filled.values)
            return self.form(request, again, status=409, sent=other.earlier)
        except StoreUnavailable as error:
            log.warning("store unavailable", error=str(error)[:200])
            filled.faults = [
                Fault("send", "We cannot save your feedback at the moment. Wait a minute, then send it again")
            ]
            return self.form(request, filled, status=503)
        return RedirectResponse(f"/feedback/received/{receipt.reference}", status_code=303)

    def _sorry(
        self, request: Request, status: int, title: str, detail: str, headers: dict[str, str] | None = None
    ) -> HTMLResponse:
        page = self._pages.render(request, "intake/sorry.html", status=status, heading=title, detail=detail)
        page.headers.update(headers or {})
        return page


def router(site: Site) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def start(request: Request) -> HTMLResponse:
        return site.start(request)

    @routes.get("/feedback/new")
    async def new(request: Request, kind: str | None = None) -> HTMLResponse:
        page = site.form(request, blank(kind))
        # It holds nothing of anybody, and who goes back to it must find it with the token it was sent with.
        page.headers["Cache-Control"] = "private, no-cache"
        return page

    @routes.get("/feedback")
    async def form() -> RedirectResponse:
        return RedirectResponse("/feedback/new", status_code=303)

    @routes.post("/feedback")
    async def send(request: Request) -> Response:
        return await site.send(request)

    @routes.get("/feedback/received/{reference}")
    async def received(request: Request, reference: str) -> HTMLResponse:
        return await site.received(request, reference)

    return routes


def same_origin(request: Request) -> bool:
    """Whether a browser sent this from a page of ours: by Sec-Fetch-Site where it tells, else by Origin.

    There is no cookie that another site could make use of; this keeps other sites from filling in our form at all.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


async def _checked(uploads: Sequence[UploadFile]) -> tuple[list[tuple[str, str, bytes]], list[Fault]]:
    """Name, type and bytes of each file, and what is wrong with the others."""
    files: list[tuple[str, str, bytes]] = []
    faults: list[Fault] = []
    if len(uploads) > ATTACHMENTS_LIMIT:
        return [], [Fault("files", f"You can upload up to {ATTACHMENTS_LIMIT} files")]
    for upload in uploads:
        name = clean_name(upload.filename, "")
        if (upload.size or 0) > FILE_BYTES:
            faults.append(Fault("files", f"{name} must be smaller than {FILE_BYTES // 2**20} MB"))
            continue
        data = await upload.read()
        kind = media_type(data, upload.content_type or "", upload.filename or "")
        if kind is None:
            faults.append(
                Fault(
                    "files",
                    f"{name} must be a document, a picture, an email or plain text, and not empty",
                )
            )
        else:
            files.append((name, kind, data))
    return files, faults


def _options(terms: CodeList, nothing: str) -> list[dict[str, str]]:
    """The offered terms for a select, by label; the empty choice first."""
    offered = sorted((t for t in terms.offered if t.code not in {"unknown", "other"}), key=lambda t: t.label)
    last = [t for t in terms.offered if t.code == "other"]
    return [{"value": "", "text": nothing}, *({"value": t.code, "text": t.label} for t in [*offered, *last])]
