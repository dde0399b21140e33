"""Which topics of the log the aggregates are folded from."""

TOPICS = ("cases", "lessons")
