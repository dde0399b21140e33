"""The case as a fold: `decide` turns commands into events, `evolve` turns events into the case. No I/O, no clock."""
