"""Open clocks by the days that are left, and the breaches that the next four weeks are likely to bring."""
