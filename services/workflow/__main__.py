"""`python -m services.workflow`"""

from services.workflow.app import create_app
from services.workflow.settings import WorkflowSettings
from shared.service import main

if __name__ == "__main__":
    main("workflow", WorkflowSettings, create_app)
