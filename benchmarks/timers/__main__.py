"""What a sweep costs with 10,000, 100,000 and 1,000,000 open clocks. What is measured: README.md in this folder."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import time
import uuid
from importlib.metadata import version

from shared.store import Store
from tests.workflow.timers.sweeping import measure


async def run(sizes: list[int], due: int, url: str) -> int:
    """Measure each size in a database of its own. Exit code 1 when the cost of what is due grows with what is open."""
    print(f"Python {platform.python_version()}, motor {version('motor')}, pymongo {version('pymongo')}, {platform.platform()}")
    costs = set()
    for size in sizes:
        store = Store(url, f"bench{uuid.uuid4().hex[:8]}")
        if size == sizes[0]:
            print(f"MongoDB {await store.server_version()}; {due} clocks due")
            print("open clocks | keys/due | documents/due | plan | looks | ms per due (wall, CPU) | filled and checked in")
        began = time.perf_counter()
        try:
            found = await measure(store.database("workflow")["cases"], open_clocks=size, due=due)
        finally:
            await store.drop_databases()
            store.close()
        costs.add((found.keys_per_due, found.documents_per_due))
        print(
            f"{size:11,} | {found.keys_per_due:8.2f} | {found.documents_per_due:13.2f} | {'<'.join(found.cost.stages)} | "
            f"{found.looks:5} | {found.wall / due * 1000:.2f}, {found.cpu / due * 1000:.2f} | "
            f"{time.perf_counter() - began:.0f} s",
            flush=True,
        )
    return 0 if len(costs) == 1 else 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--due", type=int, default=1000)
    parser.add_argument("--mongo", default=os.environ.get("REDRESS_MONGO_URL", "mongodb://127.0.0.1:27017/?replicaSet=rs0"))
    args = parser.parse_args()
    raise SystemExit(asyncio.run(run(args.open, args.due, args.mongo)))


if __name__ == "__main__":
    main()
