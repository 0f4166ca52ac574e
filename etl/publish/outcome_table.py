"""The table of outcome codes in docs/operate.md, from the codes themselves."""

from etl.errors import OutcomeCode

__all__ = ["outcome_table"]


def outcome_table() -> str:
    """Every code with its kind and its next step, as a Markdown table."""
    lines = ["| code | kind | next step |", "| --- | --- | --- |"]
    for code in sorted(OutcomeCode):
        kind = "excluded" if code.is_exclusion else "failed"
        lines.append(f"| `{code}` | {kind} | {code.next_step} |")
    return "\n".join(lines) + "\n"
