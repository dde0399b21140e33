"""Days, working days and deadlines: what counts, as it is known or as it was known then.

`deadlines.deadline` answers one request; `london` turns instants into London days and
financial years; `holidays` holds the bank holidays with the moment each was announced.
"""
