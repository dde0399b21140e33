"""Suggests lesson tags from what a person wrote, with the words that led to each. Pure."""
