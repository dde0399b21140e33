"""Staff are known by a bearer token; only its SHA-256 is configured. Roles decide what they may do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated

from fastapi import Header, Request

from shared.settings import Settings, StaffMember
from shared.web.problems import Problem

ROLES = ("officer", "manager", "reporting", "operator", "import")


def require_role(*roles: str) -> Callable[..., StaffMember]:
    """A dependency that answers the staff member, 401 without a known token and 403 without one of `roles`."""
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"no such role: {', '.join(sorted(unknown))}")

    def member(request: Request, authorization: Annotated[str | None, Header()] = None) -> StaffMember:
        settings: Settings = request.app.state.settings
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Problem(
                401,
                "no-token",
                "Staff requests need Authorization: Bearer <token>.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        # Looked up by digest, so that the response time reveals nothing about a token.
        found = settings.staff_tokens.get(hashlib.sha256(token.strip().encode()).hexdigest())
        if found is None:
            raise Problem(401, "unknown-token", "This token is not known.", headers={"WWW-Authenticate": "Bearer"})
        if roles and not found.roles & set(roles):
            raise Problem(403, "role-missing", f"This needs the role {' or '.join(roles)}.")
        return found

    return member
