"""Why each clock of a case says what it says: as data, and as a page that a person understands."""
