"""Procedures as data: what a rulebook may contain, how it is read and checked, and which one is in force."""
