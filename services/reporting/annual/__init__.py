"""The annual report, built from cells: pure, from figures and tables to the balance of the caseload."""
