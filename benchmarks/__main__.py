"""
Run the benchmarks and print each figure beside its bar: ``make bench``.

Figures are CPU seconds, counts and ratios against a baseline of the same run; see each module
for what it measures and why. ``python -m benchmarks noop dags`` runs the named ones.
"""

import importlib
import sys
from pathlib import Path

#: What runs when nothing is named; ``parse_quality`` needs a folder and ``orchestration`` thirty
#: minutes, so they are run by themselves.
SUITE = (
    *("dags", "parse_speed", "embed", "ingest", "retrieve", "noop", "views", "imports", "intake"),
    *("llm_driver", "pages"),
)


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; 0 where every bar is met, else 1."""
    known = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; known: {', '.join(known)}", file=sys.stderr)
        return 2
    missed = []
    for name in names or SUITE:
        print(f"\n== {name}")
        if importlib.import_module(f"benchmarks.{name}").main() != 0:
            missed.append(name)
    print(f"\n{'all bars met' if not missed else 'bars missed in: ' + ', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
