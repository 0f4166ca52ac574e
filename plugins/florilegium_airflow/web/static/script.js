/* Everything here makes pages handier; each of them works without. No text of a paper is ever made into HTML. */
"use strict";

/* Airflow's own switch of light and dark, where its frame lets us see it. */
(() => {
  const follow = (other) => {
    const told = other.classList.contains("dark") ? "dark" : other.classList.contains("light") ? "light" : "";
    if (told) document.documentElement.dataset.theme = told;
  };
  try {
    if (window.parent === window) return;
    const other = window.parent.document.documentElement;
    follow(other);
    new MutationObserver(() => follow(other)).observe(other, { attributes: true, attributeFilter: ["class"] });
  } catch {
    /* Another site's frame: the policy forbids it anyway. */
  }
})();

/* Airflow's frame allows no new windows; a link of its own document may open one. */
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.out");
  if (!link || window.parent === window) return;
  try {
    const outside = window.parent.document;
    const copy = outside.createElement("a");
    copy.href = link.href;
    copy.target = "_blank";
    copy.rel = "noopener noreferrer";
    outside.body.append(copy);
    copy.click();
    copy.remove();
    event.preventDefault();
  } catch {
    /* The link itself is tried. */
  }
});

/* Arrow keys walk through the cells of the matrix. */
document.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const step = steps[event.key];
  const cell = event.target.closest?.("[data-grid] tbody td, [data-grid] tbody th");
  if (!step || !cell || event.ctrlKey || event.altKey || event.metaKey) return;
  let row = cell.parentElement;
  let column = cell.cellIndex;
  for (;;) {
    row = step[0] < 0 ? row.previousElementSibling : step[0] > 0 ? row.nextElementSibling : row;
    column += step[1];
    const next = row?.cells[column];
    if (!next) return;
    const link = next.querySelector("a");
    if (link) {
      link.focus();
      link.scrollIntoView({ block: "nearest", inline: "center" });
      event.preventDefault();
      return;
    }
  }
});

/* Another page of the paper without leaving the answer; then the sentence is brought into sight. */
(() => {
  const image = document.querySelector("[data-image]");
  if (!image) return;
  const number = document.querySelector("[data-page-number]");
  const show = (page, top) => {
    const address = new URL(image.src);
    image.onload = () => {
      /* Images have one and a half pixels a point. */
      const frame = image.parentElement;
      const scale = image.clientHeight / (image.naturalHeight / 1.5);
      const seen = Math.min(frame.clientHeight, window.innerHeight - frame.getBoundingClientRect().top);
      frame.scrollTop = top === undefined ? 0 : Math.max(0, top * scale - Math.max(seen, 120) / 3);
    };
    image.alt = `Page ${page} of the paper, evidence marked in yellow`;
    number.textContent = page;
    if (address.searchParams.get("page") === String(page) && image.complete) return image.onload();
    address.searchParams.set("page", page);
    image.src = address.href;
    for (const mark of document.querySelectorAll(".sheet [data-page]")) {
      mark.classList.toggle("now", mark.dataset.page === String(page));
    }
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-page]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(Number(link.dataset.page), link.dataset.top === undefined ? undefined : Number(link.dataset.top));
    for (const proof of document.querySelectorAll(".proofs li")) proof.classList.toggle("here", proof.contains(link));
    if (window.innerWidth < 960) document.getElementById("page").scrollIntoView();
  });
  const first = document.querySelector(".proofs li.here [data-top]");
  if (first) show(Number(first.dataset.page), Number(first.dataset.top));
})();

/* One click makes failed papers due again. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-retry]");
  if (!button) return;
  const told = document.querySelector("[data-told]");
  button.disabled = true;
  try {
    const answer = await fetch("retry", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code: button.dataset.retry }),
    });
    if (!answer.ok) throw new Error(answer.status === 403 ? "you may not do this" : `the server said ${answer.status}`);
    const { count } = await answer.json();
    told.textContent = `${count} ${count === 1 ? "piece of work is" : "pieces of work are"} due again (${button.dataset.retry}); the next night takes it up.`;
    button.textContent = "Due again";
  } catch (error) {
    told.textContent = `Not done: ${error.message}.`;
    button.disabled = false;
  }
});
