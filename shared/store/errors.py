"""What can go wrong with the store, in words that are not the driver's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo import errors as driver


class StoreError(Exception):
    """Base of the store's errors."""


class DuplicateKey(StoreError):
    """A document with that id, or that value of a unique index, is there already."""


class StoreUnavailable(StoreError):
    """The store did not answer, or could not make the write durable. The same call may succeed later."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into the store's. What is neither a duplicate nor a fault that passes is left as it is."""
    try:
        yield
    except driver.DuplicateKeyError as error:
        raise DuplicateKey(str(error.details.get("keyValue") if error.details else error)) from error
    except driver.BulkWriteError as error:
        codes = {e.get("code") for e in error.details.get("writeErrors", [])}
        if error.details.get("writeConcernErrors"):
            raise StoreUnavailable("the write is not durable yet") from error
        if codes == {11000}:
            raise DuplicateKey("a document of the batch is there already") from error
        raise
    except (driver.ConnectionFailure, driver.WTimeoutError, driver.WriteConcernError) as error:
        raise StoreUnavailable(str(error)) from error
    except driver.OperationFailure as error:
        if error.timeout or error.has_error_label("RetryableWriteError") or error.has_error_label("TransientTransactionError"):
            raise StoreUnavailable(str(error)) from error
        raise
    except driver.PyMongoError as error:
        if error.timeout:
            raise StoreUnavailable(str(error)) from error
        raise
