"""Cases that know of each other: what happens to one is carried over to the others, as the service does."""

from collections import Counter

from services.reporting.measures import measure
from services.workflow.case.commands import ReactToCase
from services.workflow.case.reacting import concerns
from shared.events import cases as e
from shared.ids import event_id
from tests.reporting.yearly import yearly
from tests.workflow.case_rig import Desk, noon


class Cases:
    """Every case by its id. `settle` carries over what is not carried over yet, in the order of the events of each case."""

    def __init__(self):
        self.desks = {}
        self.carried = set()

    def open(self, day, **more):
        return self.add(Desk().open(day, **more))

    def add(self, desk):
        self.desks[desk.case.case_id] = desk
        return desk

    def waiting(self):
        return [
            event
            for desk in list(self.desks.values())
            for event in desk.events
            if concerns(event) and (event.case_id, event.version) not in self.carried
        ]

    def carry(self, event, day, *, again=False):
        origin = self.desks[event.case_id]
        if not again:
            self.carried.add((event.case_id, event.version))
        other = getattr(event, "other", None) or getattr(event, "linked_case", None)
        if isinstance(event, e.MessageAdded):
            other = next((r.case_id for r in origin.case.related("merged-into")), None)
            if other is None:
                return
        target = self.desks.get(other) or Desk()
        command = ReactToCase(event, event_id(event.case_id, event.version), origin.case)
        target.handle(command, noon(day))
        if target.case is not None:
            self.add(target)

    def settle(self, day):
        while found := self.waiting():
            for event in found:
                self.carry(event, day)

    def of(self, relation):
        return self.desks[relation.case_id]

    def counted(self):
        """What the cases count for together, by year and measure."""
        total: Counter[tuple[str, str]] = Counter()
        for desk in self.desks.values():
            total.update(yearly(measure(desk.facts)))
        return +total
