"""History from another system: files of one case a row, read here and handed to intake.

`columns` says what a file holds, `parsing` reads it, `writing` writes it, `client` hands it over.
"""
