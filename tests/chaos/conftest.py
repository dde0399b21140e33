from tests.end_to_end.conftest import running

__all__ = ["running"]
