"""Places in the working tree."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
JARS = ROOT / ".redress" / "kafka" / "jars"
