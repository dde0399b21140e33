"""MongoDB behind our own words. Nothing outside this package imports the driver (held by an import contract)."""

from shared.store.aggregates import AggregateStore, NewAggregate
from shared.store.blobs import BlobMissing, Blobs
from shared.store.client import Database, Store
from shared.store.collection import Collection, Document, FindCost
from shared.store.errors import DuplicateKey, StoreError, StoreUnavailable

__all__ = [
    "AggregateStore",
    "BlobMissing",
    "Blobs",
    "Collection",
    "Database",
    "Document",
    "DuplicateKey",
    "FindCost",
    "NewAggregate",
    "Store",
    "StoreError",
    "StoreUnavailable",
]
