"""The channel web form: its pages, and what a browser sends from them."""
