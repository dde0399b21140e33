"""Clocks: deadlines computed from what happened, and the timers that speak of them."""
