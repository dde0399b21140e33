#!/bin/sh
# Finds a Python of 3.11 or later and hands over to setup.py. PYTHON names one to use.
set -eu
here=$(dirname "$0")
for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3.14 python3 python; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$candidate" "$here/setup.py" "$@"
    fi
done
echo "setup: no Python of 3.11 or later on PATH; install one, or name it: make setup PYTHON=/path/to/python3" >&2
exit 1
