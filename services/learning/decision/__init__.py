"""The learning decision on one case: a fold of case events and of what staff decide. Pure."""
