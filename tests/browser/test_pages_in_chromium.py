"""The pages as a browser shows them: by keyboard, in light and dark, wide and narrow, unharmed."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.attack_strings import ATTACKS, plant
from tests.web.pages_night import PagesNight, add_others, fill

pytestmark = [pytest.mark.store, pytest.mark.airflow, pytest.mark.browser]

PAGES = {
    "matrix": "matrix",
    "filtered": "matrix?state=answered&question=TQ2",
    "empty": "matrix?search=zzzz",
    "answer": "answer?paper={pdf}&question=TQ2",
    "context": "answer?paper={text}&question=TQ2",
    "paper": "paper?paper={pdf}",
    "questions": "questions",
    "question": "question?question=TQ1",
    "runs": "runs",
    "run": "run?id=1",
    "review": "review",
    "label": "review_cell?paper={pdf}&question=TQ2",
    "blind": "review_cell?paper={pdf}&question=TQ2&blind=1",
    "blind-text": "review_cell?paper={text}&question=TQ2&blind=1",
    "adjudicate": "review_cell?paper={text}&question=TQ1",
}


class Served:
    """The pages on a port of their own, and how to look at them."""

    def __init__(self, address: str, token: str, browser: Any, night: PagesNight) -> None:
        self.address = address
        self.night = night
        self._token = token
        self._browser = browser
        self._ids = {
            "pdf": night.work_of("terns-two-column.pdf"),
            "text": night.work_of("otters.txt"),
        }

    def open(self, *, width: int = 1280, scheme: str = "light") -> Any:
        """A window that is signed in."""
        context = self._browser.new_context(
            viewport={"width": width, "height": 860}, color_scheme=scheme
        )
        context.add_cookies([{"name": "_token", "value": self._token, "url": self.address}])
        return context.new_page()

    def go(self, page: Any, name: str) -> None:
        page.goto(f"{self.address}/florilegium/{PAGES[name].format(**self._ids)}")


@pytest.fixture(scope="module")
def served(
    chromium: Any,
    airflow_home: Path,  # noqa: ARG001 - sets the environment
    open_door: Callable[[Any], Any],
    clone: Callable[[], Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    import uvicorn

    from florilegium_airflow.web.room import ReadingRoom

    night = fill(clone(), tmp_path_factory.mktemp("browser"))
    add_others(night)
    door = open_door(ReadingRoom(settings=night.settings))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(door.app, host="127.0.0.1", port=port, log_level="error")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.started
    yield Served(f"http://127.0.0.1:{port}", door.tokens["op"], chromium, night)
    server.should_exit = True
    thread.join(timeout=10)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_every_page_fits_its_window_and_has_its_style(
    served: Served, shots: Path, scheme: str, width: int
) -> None:
    page = served.open(width=width, scheme=scheme)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    for name in PAGES:
        served.go(page, name)
        page.screenshot(path=str(shots / f"{name}-{scheme}-{width}.png"))
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} wide in a window of {width}"
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        bright = sum(int(part) for part in ground.strip("rgb()").split(",")) / 3
        assert (bright > 128) == (scheme == "light"), (name, ground)
        assert page.locator("h1").count() == 1
    assert faults == []


def contrast(page: Any, selector: str) -> float:
    """Ratio of text to ground as WCAG 2 defines it, for the first element that fits."""
    return float(
        page.evaluate(
            """selector => {
          const element = document.querySelector(selector);
          const channels = text => text.match(/[\\d.]+/g).map(Number);
          const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
            .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          let under = element;
          const ground = element => getComputedStyle(element).backgroundColor;
          while (channels(ground(under))[3] === 0) under = under.parentElement;
          const pair = [getComputedStyle(element).color, ground(under)]
            .map(channels).map(light).sort((a, b) => b - a);
          return (pair[0] + 0.05) / (pair[1] + 0.05);
        }""",
            selector,
        )
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(served: Served, scheme: str) -> None:
    page = served.open(scheme=scheme)
    for name, selectors in {
        "matrix": ["p.soft", ".legend .s-failed", "td.s-answered a", ".matrix thead a", "button"],
        "answer": ["blockquote mark", ".around", ".verdict .soft", ".crumbs a", ".button.quiet"],
        "paper": ["tr.old th", "td small", ".mark.s-not_reported"],
        "label": [".desk button kbd", ".desk .keys", ".strip .soft", ".desk label span"],
        "adjudicate": [".sides .mark", ".sides strong"],
    }.items():
        served.go(page, name)
        for selector in selectors:
            if page.locator(selector).count():
                assert contrast(page, selector) >= 4.5, (name, selector)


def test_from_the_matrix_to_the_marked_page_by_keyboard_alone(served: Served) -> None:
    page = served.open()
    served.go(page, "matrix")
    page.locator("tbody tr", has_text="terns").locator("th a").focus()
    page.keyboard.press("ArrowRight")
    assert "question=TQ1" in page.evaluate("document.activeElement.href")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**/answer?*question=TQ2")
    image = page.locator("img[data-image]")
    image.wait_for()
    assert page.evaluate("document.querySelector('[data-image]').naturalWidth") > 500
    yellow = page.evaluate(
        """async () => {
          const image = document.querySelector("[data-image]");
          await image.decode();
          const canvas = document.createElement("canvas");
          canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
          const pen = canvas.getContext("2d");
          pen.drawImage(image, 0, 0);
          const dots = pen.getImageData(0, 0, canvas.width, canvas.height).data;
          let count = 0;
          for (let i = 0; i < dots.length; i += 4)
            if (dots[i] > 240 && dots[i + 1] > 240 && dots[i + 2] < 120) count += 1;
          return count;
        }"""
    )
    assert yellow > 500, "the sentence is marked in yellow"


def test_another_page_is_shown_in_place(served: Served) -> None:
    page = served.open()
    served.go(page, "answer")
    before = page.locator("img[data-image]").get_attribute("src")
    page.locator("aside .pages a").last.click()
    page.wait_for_load_state()
    assert page.locator("img[data-image]").get_attribute("src") != before or page.url.count("page=")


def test_three_cells_are_labelled_by_keys_alone_and_kappa_follows(served: Served) -> None:
    served.night.database.sql(
        "INSERT INTO core.annotation (annotation_id, foreign_paper_id, question_id, annotator,"
        " raw_label, label, sample, source_name, line, labelled_at)"
        " SELECT 7000 + foreign_paper_id, foreign_paper_id, 'TQ2', 'anna', x.label, x.label,"
        " 'random', 'labels.csv', 1, clock_timestamp() FROM core.foreign_paper,"
        " LATERAL (SELECT CASE label WHEN 'otters.txt' THEN 'no' ELSE 'yes' END AS label) x"
        " WHERE core.foreign_paper.label <> 'broken.pdf'"
    )
    page = served.open()
    page.goto(f"{served.address}/florilegium/review_cell?only=TQ2")
    assert page.locator("text=no κ yet").is_visible()
    told = []
    for number in range(3):
        assert page.locator("text=Read for yourself").is_visible()
        here = page.url
        is_otter = page.locator("text=otters").count() > 0
        page.keyboard.press("v")
        page.keyboard.type(f"value {number} y n")
        page.keyboard.press("Escape")
        page.keyboard.press("n" if is_otter else "y")
        page.wait_for_url(lambda address, before=here: address != before)
        page.locator(".strip [data-kappa]").first.wait_for()
        told.append(page.locator(".strip li", has_text="anna").inner_text())
    assert [f"n = {number}" in said for number, said in enumerate(told, 1)] == [True] * 3
    kept = served.night.rows(
        "SELECT value, is_blind, seconds > 0, seconds < 60 FROM out.annotations"
        " WHERE annotator = 'op' AND question_id = 'TQ2' ORDER BY labelled_at"
    )
    assert kept == [[f"value {number} y n", "t", "t", "t"] for number in range(3)]
    page.keyboard.press("z")
    page.locator(".strip li", has_text="n = 2").wait_for()
    taken = "SELECT count(*) FROM out.annotations WHERE annotator = 'op' AND is_withdrawn"
    assert served.night.rows(taken) == [["1"]]
    page.keyboard.press("s")
    page.wait_for_url("**skip=**")


def test_a_page_is_turned_by_a_key_while_the_form_stays(served: Served) -> None:
    page = served.open()
    served.go(page, "label")
    page.keyboard.press("c")
    page.keyboard.type("half written")
    page.keyboard.press("Escape")
    before = page.locator("img[data-image]").get_attribute("src")
    page.keyboard.press("f")
    number = page.locator("[data-page-number]").inner_text()
    last = page.locator("[data-page-count]").inner_text()
    assert page.locator("img[data-image]").get_attribute("src") != before or number == last
    assert page.locator("[name=comment]").input_value() == "half written"


def test_one_click_makes_failed_papers_due_again(served: Served) -> None:
    from playwright.sync_api import expect

    page = served.open()
    served.go(page, "run")
    page.locator("[data-retry=broken_file]").click()
    expect(page.locator("[data-told]")).to_have_text(
        re.compile(r"^1 piece of work is due again"), timeout=20_000
    )


def test_sixty_strings_run_no_script_and_fetch_nothing_from_elsewhere(served: Served) -> None:
    page = served.open()
    calls: list[str] = []
    page.expose_function("pwned", lambda: calls.append("script"))
    page.on("dialog", lambda dialog: (calls.append(dialog.message), dialog.dismiss()))
    page.on("popup", lambda popup: calls.append(popup.url))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(served.address) else calls.append(request.url)
        ),
    )
    for attack in ATTACKS:
        plant(served.night.database, attack)
        for name in ("matrix", "answer", "paper", "question", "run", "review", "adjudicate"):
            served.go(page, name)
            page.mouse.move(300, 300)
        assert calls == [], attack
