"""Generates what the platform promises to others: docs/asyncapi.json and docs/openapi/*.json."""

from redress.contracts.errors import ContractError
from redress.contracts.files import generate
from redress.contracts.services import SERVICES

__all__ = ["SERVICES", "ContractError", "generate"]
