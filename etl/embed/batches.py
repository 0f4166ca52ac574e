"""Cut texts of known lengths into forward passes with little padding."""

from collections.abc import Sequence

__all__ = ["MAX_PADDING_RATIO", "plan_batches"]

#: Share of padded tokens a forward pass may waste; a naive batch of 32 wastes about 20 %.
MAX_PADDING_RATIO = 0.05


def plan_batches(lengths: Sequence[int], *, batch_tokens: int) -> list[list[int]]:
    """
    Group row numbers into batches of nearly equal length, the longest first.

    Args:
        lengths: Tokens of each row, >= 1.
        batch_tokens: Upper bound of rows x longest row; a single longer row stands alone.

    Returns:
        Row numbers; each row once. In every batch at most 5 % of the tokens are padding. The
        longest come first, so that memory runs out at the start or never.
    """
    order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    batches: list[list[int]] = []
    filled = 0
    for row in order:
        if batches:
            longest = lengths[batches[-1][0]]
            padded = longest * (len(batches[-1]) + 1)
            wasted = padded - filled - lengths[row]
            if padded <= batch_tokens and wasted <= MAX_PADDING_RATIO * padded:
                batches[-1].append(row)
                filled += lengths[row]
                continue
        batches.append([row])
        filled = lengths[row]
    return batches
