"""Explanations of the clocks of a case: as data, and as a page for staff."""
