"""What the development machine needs beyond Python packages."""
