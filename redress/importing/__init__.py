"""History from another system: files of one case a row, read here and sent to intake.

`columns` lists what a file holds, `parsing` reads it, `writing` writes it, `client` sends it to intake.
"""
