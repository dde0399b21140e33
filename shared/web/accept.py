"""Whether a request comes from a browser that shows a page, or from a program: by its Accept header (RFC 9110, 12.5.1)."""

from __future__ import annotations

from typing import Final

from fastapi import Request

_JSON: Final = ("application/problem+json", "application/json")
_MOST: Final = 50


def wants_page(request: Request) -> bool:
    """True where HTML is asked for by name and JSON is not liked better; `*/*` alone is a program's."""
    asked = _qualities(request.headers.getlist("accept"))
    html = asked.get("text/html", 0.0)
    return html > 0 and all(asked.get(name, 0.0) <= html for name in _JSON)


def _qualities(headers: list[str]) -> dict[str, float]:
    """How much each media type is liked, 0 to 1; one that cannot be read is not."""
    found: dict[str, float] = {}
    for part in ",".join(headers).split(",")[:_MOST]:
        name, _, rest = part.partition(";")
        quality = 1.0
        for parameter in rest.split(";"):
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        found[name.strip().lower()] = quality
    return found
