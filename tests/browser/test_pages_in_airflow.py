"""The pages where people use them: inside a started Airflow, after a night, as admin and viewer."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from etl.stack.paths import StackPaths
from etl.stack.state import load_state

REPOSITORY = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.airflow,
    pytest.mark.browser,
    pytest.mark.timeout(900),
]


class Site:
    """A stack with one night behind it, seen through a browser."""

    def __init__(self, root: Path, browser: Any) -> None:
        self._browser = browser
        for name in ("dags", "plugins", "samples", "requirements.lock"):
            (root / name).symlink_to(REPOSITORY / name)
        papers = root / "papers"
        papers.mkdir()
        shutil.copy(REPOSITORY / "samples" / "papers" / "terns-two-column.pdf", papers)
        (papers / "broken.pdf").write_bytes(b"%PDF-1.7\nno trailer")
        self._root = root
        finished = subprocess.run(
            [sys.executable, "-m", "etl.cli", "night", "--papers", str(papers), "--json"],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode in (0, 1), finished.stdout[-3000:] + finished.stderr[-6000:]
        paths = StackPaths(root)
        state = load_state(paths)
        assert state is not None
        self.address = f"http://127.0.0.1:{state.web_port}"
        self._passwords = json.loads(paths.passwords.read_text())

    def import_labels(self, *lines: str) -> None:
        """What another annotator said, from a file."""
        file = self._root / "labels.csv"
        file.write_text("\n".join(["paper,question,annotator,label", *lines]) + "\n")
        command = [sys.executable, "-m", "etl.cli", "import", "annotations", str(file)]
        subprocess.run(command, cwd=self._root, check=True, capture_output=True, timeout=120)

    def sign_in(self, name: str, **options: Any) -> Any:
        """A window after the login form was filled in as a person would."""
        context = self._browser.new_context(viewport={"width": 1280, "height": 860}, **options)
        page = context.new_page()
        page.goto(f"{self.address}/auth/login")
        page.locator("input[name=username]").fill(name)
        page.locator("input[name=password]").fill(self._passwords[name])
        page.locator("button[type=submit]").click()
        page.wait_for_url(re.compile(rf"{re.escape(self.address)}/(?!auth).*"), timeout=60_000)
        return page

    def open(self, page: Any, route: str) -> Any:
        """A page of ours within Airflow's own; its frame."""
        page.goto(f"{self.address}{route}")
        frame = page.frame_locator("iframe")
        frame.locator("h1").wait_for(timeout=60_000)
        return frame


@pytest.fixture(scope="module")
def site(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("site")
    try:
        yield Site(root, chromium)
    finally:
        subprocess.run(
            [sys.executable, "-m", "etl.cli", "stack", "down"], cwd=root, check=True, timeout=120
        )


def test_from_the_navigation_to_the_marked_page(site: Site, shots: Path) -> None:
    page = site.sign_in("admin")
    frame = site.open(page, "/plugin/florilegium-matrix")
    page.screenshot(path=str(shots / "airflow-matrix.png"))
    frame.locator("td.s-answered a").first.click()
    image = frame.locator("img[data-image]")
    image.wait_for(timeout=60_000)
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
    page.screenshot(path=str(shots / "airflow-answer.png"))


def test_a_dag_run_has_a_tab_that_tells_of_its_night(site: Site, shots: Path) -> None:
    page = site.sign_in("admin")
    runs = page.request.get(f"{site.address}/api/v2/dags/fetch_papers/dagRuns").json()
    first = runs["dag_runs"][0]["dag_run_id"]
    page.goto(f"{site.address}/dags/fetch_papers/runs/{first}")
    page.get_by_role("link", name="Night").click(timeout=60_000)
    frame = page.frame_locator("iframe")
    frame.locator("h1", has_text="Run 1").wait_for(timeout=60_000)
    assert frame.locator("text=broken file").first.is_visible()
    page.screenshot(path=str(shots / "airflow-night.png"))
    later = page.request.get(f"{site.address}/api/v2/dags/publish_results/dagRuns").json()
    joined = page.request.get(
        f"{site.address}/florilegium/dag_run",
        params={"dag": "publish_results", "run": later["dag_runs"][0]["dag_run_id"]},
    )
    assert joined.url.endswith("run?id=1"), "a DAG run that joined the night finds it too"


def test_the_pages_follow_airflows_own_light_and_dark(site: Site, shots: Path) -> None:
    page = site.sign_in("admin", color_scheme="light")
    frame = site.open(page, "/plugin/florilegium-matrix")
    for theme, other in (("dark", "light"), ("light", "dark")):
        page.evaluate(
            "([theme, other]) => { const c = document.documentElement.classList;"
            " c.remove(other); c.add(theme); }",
            [theme, other],
        )
        frame.locator(f"html[data-theme={theme}]").wait_for(timeout=10_000)
        page.screenshot(path=str(shots / f"airflow-matrix-{theme}.png"))


def test_a_viewer_reads_and_is_refused_to_write(site: Site) -> None:
    page = site.sign_in("viewer")
    frame = site.open(page, "/plugin/florilegium-runs")
    frame.locator("a", has_text="run 1").click()
    frame.locator("text=needs the role op").wait_for(timeout=60_000)
    refused = page.request.post(
        f"{site.address}/florilegium/retry",
        data={"code": "broken_file"},
        headers={"origin": site.address},
    )
    assert refused.status == 403


def test_without_signing_in_nothing_is_shown(site: Site, chromium: Any) -> None:
    page = chromium.new_context().new_page()
    for route in ("matrix", "style.css", "run?id=1", "openapi.json", ""):
        answer = page.request.get(f"{site.address}/florilegium/{route}", max_redirects=0)
        assert answer.status == 401, route


def wait_for(
    page: Any, address: str, is_there: Callable[[Any], bool], *, seconds: int = 300
) -> Any:
    """Ask Airflow until it says what is awaited."""
    deadline = time.monotonic() + seconds
    while True:
        answer = page.request.get(address)
        if answer.ok and is_there(answer.json()):
            return answer.json()
        assert time.monotonic() < deadline, answer.text()[-2000:]
        page.wait_for_timeout(1_000)


def test_questions_are_asked_by_the_form_and_the_run_ends(site: Site, shots: Path) -> None:
    page = site.sign_in("admin")
    page.goto(f"{site.address}/florilegium/matrix")
    paper = page.locator("a[href*='paper?paper=']").first.get_attribute("href")
    work_id = paper.rpartition("=")[2]
    page.goto(f"{site.address}/dags/ask_adhoc")
    page.locator("[data-testid=trigger-dag-button]").first.click(timeout=60_000)
    questions = page.locator("[name=element_question_ids]")
    questions.wait_for(timeout=60_000)
    page.screenshot(path=str(shots / "airflow-adhoc-form.png"))
    questions.fill("CQ01\nCQ03")
    page.locator("[name=element_work_ids]").fill(work_id)
    unpause = page.get_by_role("checkbox", name="Unpause ask_adhoc on trigger")
    if not unpause.is_checked():
        page.get_by_text("Unpause ask_adhoc on trigger").click()
    page.locator("[data-testid=trigger-dag-submit]").click()
    runs = f"{site.address}/api/v2/dags/ask_adhoc/dagRuns"
    ended = wait_for(
        page,
        runs,
        lambda told: any(run["state"] in ("success", "failed") for run in told["dag_runs"]),
    )
    [run] = ended["dag_runs"]
    assert run["state"] == "success"
    assert run["conf"]["question_ids"] == ["CQ01", "CQ03"]
    assert run["conf"]["work_ids"] == [work_id]
    page.goto(f"{site.address}/dags/ask_adhoc/runs/{run['dag_run_id']}")
    page.get_by_text("Success").first.wait_for(timeout=60_000)
    page.screenshot(path=str(shots / "airflow-adhoc-run.png"))


def test_three_cells_are_labelled_inside_airflow_and_kappa_changes(site: Site, shots: Path) -> None:
    site.import_labels(
        *(
            f"terns-two-column.pdf,CQ{number:02},anna,{'no' if number % 3 else 'yes'}"
            for number in range(1, 29)
        )
    )
    page = site.sign_in("admin")
    frame = site.open(page, "/plugin/florilegium-review")
    page.screenshot(path=str(shots / "airflow-review.png"))
    frame.get_by_role("link", name="Label the next").click()
    told = []
    for number, key in enumerate("yny", 1):
        frame.locator("text=Somebody labelled this before you").wait_for(timeout=60_000)
        frame.locator("body").press(key)
        frame.locator(".strip li", has_text=f"n = {number}").wait_for(timeout=60_000)
        told.append(frame.locator(".strip li", has_text="anna").inner_text())
    page.screenshot(path=str(shots / "airflow-review-cell.png"))
    assert len(set(told)) == 3, told
    frame = site.open(page, "/plugin/florilegium-review")
    pair = frame.locator("tr", has_text="admin and anna")
    assert pair.locator("td").first.inner_text().startswith("3")


def test_a_viewer_looks_at_the_desk_and_is_refused_to_label(site: Site) -> None:
    page = site.sign_in("viewer")
    frame = site.open(page, "/plugin/florilegium-review")
    frame.locator("text=labelling needs the role user").wait_for(timeout=60_000)
    assert frame.get_by_role("link", name="Label the next").count() == 0
    frame.locator("tbody th a[href^=review_cell]").first.click()
    frame.locator("text=You may look").wait_for(timeout=60_000)
    assert frame.locator("[data-label]").count() == 0
    for route in ("label", "adjudicate", "withdraw"):
        refused = page.request.post(
            f"{site.address}/florilegium/{route}",
            data={"paper": "1", "question": "CQ01", "label": "yes"},
            headers={"origin": site.address},
        )
        assert refused.status == 403, route


def test_a_release_is_signed_off_on_the_page_of_required_actions(site: Site, shots: Path) -> None:
    page = site.sign_in("admin")
    dag = f"{site.address}/api/v2/dags/review_disputed"
    assert page.request.patch(dag, data={"is_paused": False}).ok
    runs = wait_for(page, f"{dag}/dagRuns", lambda told: told["total_entries"] >= 0)
    if not runs["dag_runs"]:
        assert page.request.post(f"{dag}/dagRuns", data={"logical_date": None}).ok
    details = f"{site.address}/api/v2/dags/review_disputed/dagRuns/~/hitlDetails"
    asked = wait_for(page, details, lambda told: told["total_entries"] > 0)["hitl_details"][0]
    assert re.fullmatch(r"Sign off release \d+\?", asked["subject"])
    assert "[Open the review desk](/plugin/florilegium-review)" in asked["body"]
    run_id = asked["task_instance"]["dag_run_id"]
    page.goto(f"{site.address}/dags/review_disputed/runs/{run_id}/tasks/sign_off/required_actions")
    page.get_by_role("button", name="Approve").wait_for(timeout=60_000)
    page.screenshot(path=str(shots / "airflow-sign-off.png"))
    page.locator("[name=element_comment]").fill("looked at ten")
    with page.expect_response(lambda told: told.request.method == "PATCH") as patched:
        page.get_by_role("button", name="Approve").click()
    assert patched.value.ok, patched.value.text()
    ended = f"{dag}/dagRuns/{run_id}"
    wait_for(page, ended, lambda told: told["state"] == "success")
    frame = site.open(page, "/plugin/florilegium-review")
    row = frame.locator("tr", has_text=asked["subject"].removeprefix("Sign off ").rstrip("?"))
    assert "approved" in row.inner_text()
    assert "admin" in row.inner_text()
