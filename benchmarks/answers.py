"""
What the newcomer's answerers cost a paper, and what their votes are worth together.

Run ``python -m benchmarks.answers``. The bundled samples walk the whole journey with each set of
answerers and the whole catalogue; shown are CPU seconds a paper, facts right of all,
and refusals kept of all.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks._ground import Figure, print_figures
from etl.catalogue.load import load_catalogue
from etl.cli.door import quiet_logs
from etl.evaluate.facts import judge_facts, load_sample_facts
from etl.evaluate.read import read_papers
from etl.journey import Ports
from etl.settings import load_settings
from etl.wiring import build_ports

_SAMPLES = Path(__file__).parents[1] / "samples"
#: CPU seconds a paper that both together may take; the planner's batches count on it.
_MOST_SECONDS = 2.0


def main() -> int:
    """Measure each answerer alone and both; 1 where the vote of both is worth less than one."""
    quiet_logs()
    ports = build_ports(load_settings())
    names = list(ports.answerers)
    right = {voters: _measure(ports, voters) for voters in [*((n,) for n in names), tuple(names)]}
    both, seconds, _ = right[tuple(names)]
    best = max(facts for voters, (facts, _, _) in right.items() if len(voters) == 1)
    for voters, (facts, cost, refused) in right.items():
        line = f"{' + '.join(voters):<24}{facts} right, {refused} refused, {cost:.2f} CPU s a paper"
        print(line)
    return print_figures(
        [
            Figure(
                name="facts right, both voters / best alone",
                figure=str(both),
                baseline=str(best),
                ratio=both / best,
                sense=">=",
                bound=1.0,
            ),
            Figure(
                name="whole journey, CPU s a paper",
                figure=f"{seconds:.2f}",
                baseline=f"{_MOST_SECONDS:.2f}",
                ratio=seconds / _MOST_SECONDS,
                sense="<=",
                bound=1.0,
            ),
        ]
    )


def _measure(ports: Ports, voters: Sequence[str]) -> tuple[int, float, int]:
    """Facts right, CPU seconds a paper, refusals right."""
    facts = load_sample_facts(_SAMPLES / "facts.yaml")
    questions = load_catalogue().questions
    chosen = replace(ports, answerers={name: ports.answerers[name] for name in voters})
    papers = {_SAMPLES / "papers" / fact.paper for fact in facts}
    read_papers(list(papers)[:1], questions, chosen)  # loads the model
    before = time.process_time()
    readings = read_papers(papers, questions, chosen)
    seconds = (time.process_time() - before) / len(papers)
    verdicts = judge_facts(facts, readings, questions)
    told = sum(v.is_right for v in verdicts if v.fact.is_answerable)
    refused = sum(v.is_right for v in verdicts if not v.fact.is_answerable)
    return told, seconds, refused


if __name__ == "__main__":
    sys.exit(main())
