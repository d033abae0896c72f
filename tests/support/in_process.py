"""Jobs of worker processes, run in the process of the test: where they are traced, or where no test may start one."""

from collections.abc import Callable
from typing import Any


class InProcess:
    """Takes the place of a `WorkerPool`; it has neither deadlines nor memory limits."""

    async def run(self, function: Callable[..., Any], *args: Any, deadline: float, too_costly: Any, **more: Any) -> Any:
        """The result of a job."""
        return function(*args, **more)
