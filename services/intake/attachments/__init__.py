"""Files that come with feedback: what is accepted, and where they are kept, each sealed."""
