"""The four applications as their descriptions need them: built, and connected to nothing."""

from __future__ import annotations

import base64
import inspect
import os
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from fastapi import FastAPI

from redress.contracts.errors import ContractError
from shared.service import Runtime
from shared.settings import Settings

SERVICES = ("intake", "workflow", "learning", "reporting")

# Any key will do: nothing is sealed, and the description does not depend on it.
_KEY = base64.urlsafe_b64encode(bytes(32)).decode()


@dataclass(frozen=True)
class Built:
    """A service's application, and what it consumes as (topic, group)."""

    name: str
    app: FastAPI
    consumes: tuple[tuple[str, str], ...]


def build(name: str) -> Built:
    """The application of one service with default settings; neither store nor broker is contacted.

    Must be called inside a running event loop, to which the store's client belongs.

    Raises:
        ContractError: there is no such service, or it could not be built.
    """
    module = f"services.{name}.app"
    if not (find_spec(f"services.{name}") and find_spec(module)):
        raise ContractError(f"services/{name}/app.py is missing: the contracts describe all four services")
    create_app = import_module(module).create_app
    with _own_environment():
        try:
            app = create_app(settings_class(create_app)(master_key=_KEY))
        except Exception as error:
            raise ContractError(f"the {name} service could not be built: {error}") from error
    runtime: Runtime = app.state.runtime
    runtime.store.close()
    return Built(name, app, tuple(sorted((s.topic, s.group) for s in runtime.subscriptions)))


def settings_class(create_app: typing.Callable[..., FastAPI]) -> type[Settings]:
    first = next(iter(inspect.signature(create_app).parameters))
    found: object = typing.get_type_hints(create_app).get(first)
    if not (isinstance(found, type) and issubclass(found, Settings)):
        raise ContractError(f"{create_app.__module__}.create_app takes no Settings as its first argument")
    return found


@contextmanager
def _own_environment() -> Iterator[None]:
    """Without this machine's REDRESS_ variables, so that everybody generates the same."""
    ours = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("REDRESS_")}
    try:
        yield
    finally:
        os.environ.update(ours)
