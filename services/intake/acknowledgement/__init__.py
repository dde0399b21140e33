"""The email that acknowledges feedback: its text, and its sending."""
