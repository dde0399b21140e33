"""Staff are known by a bearer token; only its SHA-256 is configured. Roles decide what they may do."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.settings import Settings, StaffMember
from shared.web.problems import Problem

ROLES = ("officer", "manager", "reporting", "operator", "import")
_SCHEME: Final = HTTPBearer(
    scheme_name="staff", description="The token of a member of staff, or of a program that works for them.", auto_error=False
)
Given = Annotated[HTTPAuthorizationCredentials | None, Security(_SCHEME)]


class StaffOnly:
    """A dependency that answers the staff member, 401 without a known token and 403 without one of `roles`."""

    def __init__(self, *roles: str) -> None:
        unknown = set(roles) - set(ROLES)
        if unknown:
            raise ValueError(f"no such role: {', '.join(sorted(unknown))}")
        self.roles = frozenset(roles)

    def __call__(self, request: Request, given: Given) -> StaffMember:
        if given is None or not given.credentials:
            raise _unauthorised("no-token", "Staff requests need Authorization: Bearer <token>.")
        settings: Settings = request.app.state.settings
        # Looked up by digest, so that the response time reveals nothing about a token.
        found = settings.staff_tokens.get(hashlib.sha256(given.credentials.strip().encode()).hexdigest())
        if found is None:
            raise _unauthorised("unknown-token", "This token is not known.")
        if self.roles and not found.roles & self.roles:
            raise Problem(403, "role-missing", f"This needs the role {' or '.join(sorted(self.roles))}.")
        return found


class StaffIfAny(StaffOnly):
    """The same for a route that is open to everybody: None without an Authorization header."""

    def __call__(self, request: Request, given: Given) -> StaffMember | None:  # type: ignore[override]
        return super().__call__(request, given) if "authorization" in request.headers else None


def require_role(*roles: str) -> StaffOnly:
    """A dependency that lets in staff who have one of `roles`."""
    return StaffOnly(*roles)


def _unauthorised(code: str, detail: str) -> Problem:
    return Problem(401, code, detail, headers={"WWW-Authenticate": "Bearer"})
