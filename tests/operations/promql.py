"""As much of PromQL as it takes to find which series an expression reads, by which labels."""

import re

_SERIES = re.compile(r"\b((?:redress|process)_[a-z0-9_]+|up)\b(?:\{([^}]*)\})?")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
_LABEL = re.compile(r"([a-z_]+)\s*(?:=~|!~|!=|=)")


def series(expression):
    """(name, labels in its braces) of each series."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    return [(name, set(_LABEL.findall(braces or ""))) for name, braces in _SERIES.findall(bare)]


def grouped_by(expression):
    return {label.strip() for group in _GROUPING.findall(expression) for label in group.split(",") if label.strip()}
