"""A step being taken: allowed, its requirements met."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.workflow.case.commands import TakeStep
from services.workflow.case.model import Run, Visit
from services.workflow.case.recorder import Recorder
from services.workflow.rulebook.model import Step
from shared.events import cases as e


@dataclass(frozen=True)
class Taking:
    """`data` is what the step does to any case; `run` the run of a track that takes it."""

    recorder: Recorder
    step: Step
    command: TakeStep
    on: date
    data: dict[str, Any]
    run: Run | None = None

    @property
    def visit(self) -> Visit | None:
        """Where the step is taken: the run, or the stage the case is at."""
        return self.recorder.case.where(self.run)

    def emit(self, type_: type[e.CaseEvent], /, **more: Any) -> None:
        self.recorder.emit(type_, by=self.command.by, **{**self.data, **more})

    def emit_sealed(self, type_: type[e.CaseEvent], /, **more: Any) -> None:
        self.emit(type_, sealed=self.command.sealed, **more)
