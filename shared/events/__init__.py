"""The events of Redress, one module a family. The rule for change is in docs/contracts.md."""
