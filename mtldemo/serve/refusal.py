"""A request that isn't answered, in words. Imports nothing heavy."""

import math

from starlette.responses import JSONResponse


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure
    """A request is refused with an HTTP ``status`` and one ``sentence``; ``wait`` is in how many seconds to try again,
    0 where that is of no use."""

    def __init__(self, status: int, sentence: str, *, wait: float = 0.0) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.wait = status, sentence, wait

    def answer(self) -> JSONResponse:
        """The refusal as JSON: ``{"error": sentence}``."""
        headers = {"Retry-After": str(math.ceil(self.wait))} if self.wait else {}
        return JSONResponse({"error": self.sentence}, self.status, headers)
