"""Intake: where feedback comes in.

A channel (`api.py`, `pages/`, `email/`) makes an `Incoming` (`submissions.py`) and passes it to `Receiving.receive`
(`receiving.py`). That stores a `Feedback` (`model.py`, `store.py`) together with its event, which the relay of the service
(`shared/messaging/relay.py`, started in `app.py`) publishes on the topic `feedback`, and with its acknowledgement, which
`acknowledgement/` sends. History comes in by `importing.py`.
"""
