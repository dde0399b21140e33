"""Clocks: deadlines computed from what happened, and the timers that emit events about them."""
