"""`python -m services.learning`"""

from services.learning.app import create_app
from services.learning.settings import LearningSettings
from shared.service import main

if __name__ == "__main__":
    main("learning", LearningSettings, create_app)
