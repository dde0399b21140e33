"""What learning publishes, as reporting counts it."""

from services.reporting.measures.lessons import measure_lesson
from tests.learning.examples import NOT, UPHELD, History, run


def test_a_request_that_was_withdrawn_is_counted_nowhere():
    history = History()
    history.opened()
    history.responded(UPHELD)
    _, (asked,) = run(history)
    assert measure_lesson(asked.after)
    history.responded(NOT)
    _, (_, withdrawn) = run(history)
    assert measure_lesson(withdrawn.before) == measure_lesson(asked.after)
    assert measure_lesson(withdrawn.after) == {}
