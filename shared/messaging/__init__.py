"""Kafka: topics, subscriptions that park what they cannot handle, and the relay of the outboxes."""
