"""The fenced fold of case and lesson events into annual aggregates (DESIGN, ideas 4 and 5)."""
