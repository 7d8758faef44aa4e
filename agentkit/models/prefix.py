"""How many ids two sequences share from the start: what a prefix cache may keep.

Knows sequences of ids only.
"""

from __future__ import annotations

from collections.abc import Sequence


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """How many ids `one` and `other` have in common from the start.

    Whole slices are compared, so equal sequences cost one comparison at the speed of C.

    Args:
        one: ids.
        other: ids, in a sequence of the same type: a list is never equal to a tuple.
    """
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low
