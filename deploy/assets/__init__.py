"""The styles and script that all pages share, built from govuk-frontend."""
