"""The pages people give feedback on. They work without JavaScript and without cookies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from services.intake.attachments.files import clean_name, read_file
from services.intake.attachments.sniff import ALLOWED
from services.intake.fingerprints import Fingerprints
from services.intake.limits import FORM_BYTES, Rate
from services.intake.model import Feedback
from services.intake.next_steps import NOUNS, long_day, next_steps
from services.intake.pages.form import KINDS, FieldError, FilledForm, blank, read
from services.intake.receiving import OtherPayload, Receiving
from services.intake.settings import IntakeSettings
from services.intake.submissions import ATTACHMENTS_LIMIT, FILE_BYTES, MB, File
from shared.calendar.london import today
from shared.clock import now
from shared.errors import NotFound
from shared.events.codes import Channel
from shared.ids import feedback_id
from shared.service import correlation_id
from shared.store import StoreUnavailable
from shared.taxonomy import CodeList
from shared.taxonomy.codes import Codes
from shared.telemetry.logs import get
from shared.web.pages import Pages
from shared.web.problems import Problem

log = get(__name__)
TEMPLATES = Path(__file__).parent


class FormPages:
    """The start page, the form and the confirmation."""

    def __init__(
        self,
        settings: IntakeSettings,
        pages: Pages,
        receiving: Receiving,
        codes: Codes,
        fingerprints: Fingerprints,
        rate: Rate,
    ) -> None:
        self._settings = settings
        self._pages = pages
        self._receiving = receiving
        self._codes = codes
        self._fingerprints = fingerprints
        self._rate = rate

    def start(self, request: Request) -> HTMLResponse:
        return self._pages.render(
            request,
            "intake/start.html",
            council=self._settings.council,
            acknowledgement_days=self._codes.acknowledgement_days(None),
            addresses=[(NOUNS[kind], address) for address, kind in self._settings.addresses().items()],
        )

    def form(self, request: Request, filled: FilledForm, *, status: int = 200, sent: Feedback | None = None) -> HTMLResponse:
        """The form with what was filled in; `sent` is what was received from it before."""
        codes = self._codes
        return self._pages.render(
            request,
            "intake/form.html",
            status=status,
            form=filled,
            sent=sent,
            council=self._settings.council,
            kinds=[{"value": k.value, "text": text, "hint": {"text": hint}} for k, (text, hint) in KINDS.items()],
            service_areas=_options(codes.list("service-areas"), "I am not sure"),
            districts=_options(codes.list("districts"), "Prefer not to say"),
            complainant_types=_options(codes.list("complainant-types"), "Prefer not to say"),
            accept=",".join(ALLOWED.values()),
        )

    async def send(self, request: Request) -> Response:
        """Receive what a browser sends; answers with the confirmation's address, or the form with what is wrong."""
        try:
            self._rate.check(request)
        except Problem as problem:
            return self._problem(request, 429, "Wait a moment", problem.detail, problem.headers)
        if not same_origin(request):
            return self._problem(request, 403, "This form was sent from another site", "Fill it in on our own page.")
        try:
            async with request.form(max_files=2 * ATTACHMENTS_LIMIT, max_fields=60) as given:
                return await self._receive(request, given)
        except HTTPException as error:
            if error.status_code == 413:
                detail = f"Each file can be up to {FILE_BYTES // MB} MB, and all of them together up to {FORM_BYTES // MB} MB."
                detail += " Go back and choose fewer files."
                return self._problem(request, 413, "Your files are too large", detail)
            return self._problem(request, 400, "We could not read what you sent", "Go back and try again.")

    async def received(self, request: Request, reference: str) -> HTMLResponse:
        """What happens next, for as long as somebody has the reference."""
        try:
            feedback = await self._receiving.find(reference)
        except NotFound as error:
            return self._problem(request, 404, "Page not found", error.message)
        (kind, procedure), day = feedback.handled_as, feedback.received_on
        days = self._codes.acknowledgement_days(procedure, kind)
        told = self._codes.receipt(procedure, kind)
        return self._pages.render(
            request,
            "intake/received.html",
            reference=feedback.reference,
            noun=NOUNS[kind],
            day=long_day(day),
            steps=next_steps(kind, day, days, today=today(now()), told=told).sentences,
            mailed=feedback.acknowledgement is not None,
            contact=self._settings.address_for(kind),
        )

    async def _receive(self, request: Request, given: FormData) -> Response:
        filled = read(given, self._codes)
        uploads = [u for u in given.getlist("files") if isinstance(u, UploadFile) and u.filename]
        files, errors = await _files(uploads)
        filled.errors += errors
        if filled.errors:
            return self.form(request, filled, status=422)
        submission = filled.submission()
        payload = {
            **submission.payload(),
            "files": [[file.name, self._fingerprints.of_bytes(file.data)] for file in files],
        }
        incoming = submission.incoming(
            feedback_id("form", filled.token),
            channel=Channel.WEB,
            now=now(),
            fingerprint=self._fingerprints.of(payload),
            correlation_id=correlation_id(),
            files=files,
        )
        try:
            receipt = await self._receiving.receive(incoming)
        except OtherPayload as other:
            # They went back, changed something and sent it again. It is not lost: they decide whether it is new.
            again = FilledForm(blank().token, filled.values)
            return self.form(request, again, status=409, sent=other.earlier)
        except StoreUnavailable as error:
            log.warning("store unavailable", error=str(error)[:200])
            filled.errors = [FieldError("send", "We cannot save your feedback at the moment. Wait a minute, then send it again")]
            return self.form(request, filled, status=503)
        return RedirectResponse(f"/feedback/received/{receipt.feedback.reference}", status_code=303)

    def _problem(
        self, request: Request, status: int, title: str, detail: str, headers: dict[str, str] | None = None
    ) -> HTMLResponse:
        """A page that explains why something cannot be done."""
        page = self._pages.problem(request, status, title, detail)
        page.headers.update(headers or {})
        return page


def router(pages: FormPages) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def start(request: Request) -> HTMLResponse:
        return pages.start(request)

    @routes.get("/feedback/new")
    async def new(request: Request, kind: str | None = None) -> HTMLResponse:
        page = pages.form(request, blank(kind))
        # It holds nothing of anybody, and who goes back to it must find it with the token it was sent with.
        page.headers["Cache-Control"] = "private, no-cache"
        return page

    @routes.get("/feedback")
    async def form() -> RedirectResponse:
        return RedirectResponse("/feedback/new", status_code=303)

    @routes.post("/feedback", max_body_size=FORM_BYTES)
    async def send(request: Request) -> Response:
        return await pages.send(request)

    @routes.get("/feedback/received/{reference}")
    async def received(request: Request, reference: str) -> HTMLResponse:
        return await pages.received(request, reference)

    return routes


def same_origin(request: Request) -> bool:
    """Whether a browser sent this from a page of ours: by Sec-Fetch-Site where it is given, else by Origin.

    There is no cookie that another site could make use of; this keeps other sites from filling in our form at all.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


async def _files(uploads: Sequence[UploadFile]) -> tuple[list[File], list[FieldError]]:
    """The files that are accepted, and what is wrong with the others."""
    if len(uploads) > ATTACHMENTS_LIMIT:
        return [], [FieldError("files", f"You can upload up to {ATTACHMENTS_LIMIT} files")]
    files: list[File] = []
    errors: list[FieldError] = []
    for upload in uploads:
        name = clean_name(upload.filename, "")
        if (upload.size or 0) > FILE_BYTES:
            errors.append(FieldError("files", f"{name} must be smaller than {FILE_BYTES // MB} MB"))
            continue
        file = read_file(await upload.read(), upload.content_type or "", upload.filename)
        if file is None:
            text = f"{name} must be a document, a picture, an email or plain text, and not empty"
            errors.append(FieldError("files", text))
        else:
            files.append(file)
    return files, errors


def _options(terms: CodeList, nothing: str) -> list[dict[str, str]]:
    """The offered terms for a select, by label; the empty choice first."""
    offered = sorted((t for t in terms.offered if t.code not in {"unknown", "other"}), key=lambda t: t.label)
    last = [t for t in terms.offered if t.code == "other"]
    return [{"value": "", "text": nothing}, *({"value": t.code, "text": t.label} for t in [*offered, *last])]
