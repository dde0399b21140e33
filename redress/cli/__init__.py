"""The subcommands of `redress`, one file each."""
