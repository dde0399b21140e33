"""The whole platform on one machine: embedded servers and services as child processes on loopback."""
