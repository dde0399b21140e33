"""What staff do with a learning decision: decide, agree actions and follow them up."""

from __future__ import annotations

from collections.abc import Container

from services.learning.decision.decide import Command
from services.learning.decision.model import Decision
from services.learning.executor import Executor, Step
from shared.errors import ChangedMeanwhile, Conflict
from shared.events.cases import CaseText
from shared.events.sealed import Sealed
from shared.vault import Vault


class DecisionHandler:
    def __init__(self, executor: Executor, vault: Vault) -> None:
        self._executor = executor
        self._vault = vault

    async def take(self, key: str, seen: Container[int], command: Command, *, by: str, note: str, correlation: str) -> Decision:
        """Take a step on a version that staff have seen.

        Raises:
            NotFound: no decision is asked for under this id or reference.
            ChangedMeanwhile: the decision moved on.
            Conflict, Invalid: the step does not fit.
            KeyDestroyed: a note cannot be sealed any more.
        """

        async def step(decision: Decision) -> Step:
            # A save is lost when the case moved on, too: its version shows whether the decision did.
            if decision.version not in seen:
                raise ChangedMeanwhile(decision.version)
            return Step(command, by, await self._seal(decision, note))

        return await self._executor.execute(key, step, correlation)

    async def _seal(self, decision: Decision, note: str) -> Sealed | None:
        if not note:
            return None
        key = decision.case.feedback_id
        if key is None:
            raise Conflict("no-key", "Nothing can be written down on this case: its feedback is not known.")
        # History from before Redress came without personal data, so it may have no data key yet.
        await self._vault.create_key(key)
        return await self._vault.seal(key, CaseText(text=note), purpose="case-note")
