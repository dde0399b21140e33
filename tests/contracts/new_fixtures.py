"""Write the fixture of each case event type that has none, and its digest: `python -m tests.contracts.new_fixtures`.

The records are of made-up cases under the shipped rulebooks. A fixture that is there is never written again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

from redress.rulebook_check.generators import CaseGenerator
from redress.rulebook_check.graph import NOT_SIMULATED
from services.workflow.case.decide import decide
from services.workflow.case.errors import CaseError
from services.workflow.case.evolve import evolve
from services.workflow.case.open_steps import open_steps
from services.workflow.case.recorder import noon
from services.workflow.rulebook.load import shipped
from shared.calendar.holidays import published
from shared.events.cases import CaseEvent
from shared.events.envelope import EVENT_TYPES
from shared.events.outgoing import Cause, make_envelope
from shared.ids import event_id

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "events"


def made_up(cases: int) -> Iterator[CaseEvent]:
    """The events of so many cases under each rulebook, of any steps that are open."""
    for book in shipped():
        generator = CaseGenerator(book, Random(book.id), published())
        for _ in range(cases):
            day = date(2024, 4, 8)
            case = generator.received(day)
            for _ in range(40):
                day += timedelta(days=1)
                chosen = generator.random.choice([o for o in open_steps(case, book) if o.step.effect not in NOT_SIMULATED])
                command = generator.command(chosen, case, day)
                try:
                    events = decide(case, command, generator.books, noon(day), published()) if command else ()
                except CaseError:
                    continue
                for event in events:
                    case = evolve(case, event)
                    yield event
                if case.facts.rulebook != book.id:
                    break


def write(event: CaseEvent, folder: Path) -> None:
    """One record as it stands on the topic, and its digest."""
    when = noon(event.on) if hasattr(event, "on") else noon(date(2024, 4, 8))
    envelope = make_envelope(
        event,
        id=event_id(event.case_id, event.version),
        source="redress/workflow",
        subject=event.case_id,
        sequence=event.version,
        cause=Cause("8f0c2b7d110b9d6a560e0c5f578b1a4f"),
        time=when,
        recorded_at=when,
    )
    record = {"headers": envelope.headers(), "value": json.loads(envelope.value())}
    path = folder / f"{event.type}.json"
    path.write_text(json.dumps(record, indent=2) + "\n")
    line = f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"
    digests = folder / "digests.txt"
    lines = [*digests.read_text().splitlines(), line]
    digests.write_text("\n".join(sorted(lines, key=lambda one: one.split()[1])) + "\n")


def main(folder: Path = FOLDER, cases: int = 20) -> None:
    """Write what is missing. Raises: SystemExit, when no made-up case had an event of a missing type."""
    missing = {name for name, kind in EVENT_TYPES.items() if issubclass(kind, CaseEvent)} - {
        path.stem for path in folder.glob("*.json")
    }
    for event in made_up(cases) if missing else ():
        if event.type in missing:
            write(event, folder)
            missing.discard(event.type)
        if not missing:
            break
    if missing:
        raise SystemExit(f"no made-up case had an event of {', '.join(sorted(missing))}: write its fixture by hand")


if __name__ == "__main__":
    main()
