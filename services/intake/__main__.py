"""`python -m services.intake`"""

from services.intake.app import create_app
from services.intake.settings import IntakeSettings
from shared.service import main

if __name__ == "__main__":
    main("intake", IntakeSettings, create_app)
