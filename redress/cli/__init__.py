"""The subcommands of `redress`, one a module."""
