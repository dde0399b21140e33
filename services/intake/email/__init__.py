"""The channel email: SMTP and LMTP servers, and what becomes of a message."""
