"""`python -m services.reporting`"""

from __future__ import annotations

from services.reporting.app import create_app
from services.reporting.settings import ReportingSettings
from shared.service import main

if __name__ == "__main__":
    main("reporting", ReportingSettings, create_app)
