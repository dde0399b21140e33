"""What a closed year would have been under another rulebook. It reads, and writes nothing."""
