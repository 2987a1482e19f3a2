"""Changes that no test can notice, because the changed code does the same. They are left out of the score.

Each row names the function, the code before and after as the report prints it, and the reason. A row does not name the
file, so it holds when the function moves; a row that fits no change any more is reported, to be removed.
"""

from typing import NamedTuple


class Equivalent(NamedTuple):
    function: str
    before: str
    after: str
    reason: str


EQUIVALENT: list[Equivalent] = [
    Equivalent(
        "storable",
        "return text if text.isascii() else text.encode(errors='replace').…",
        "return text if False else text.encode(errors='replace').…",
        "ASCII text is encoded and decoded to itself; the condition saves time",
    ),
    Equivalent(
        "_differs",
        "if row.gone_at is None and stored == listed:",
        "if False:",
        "equal facts are no other recording and merge into themselves; the condition saves time",
    ),
    Equivalent(
        "_Comparison._is_expired",
        "return is_old and row.id <= (self.state.baseline or 0)",
        "return is_old and row.id <= self.state.baseline",
        "nothing is compared before the baseline is set; the zero is for the type checker",
    ),
]
