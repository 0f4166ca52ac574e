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
    image.alt = image.alt.replace(/\d+/, page);
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
  document.addEventListener("click", (event) => {
    const turn = event.target.closest("[data-turn]");
    if (!turn || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const last = Number(document.querySelector("[data-page-count]").textContent);
    show(Math.min(last, Math.max(1, Number(number.textContent) + Number(turn.dataset.turn))));
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

/* One key presses its button or follows its link, unless somebody is writing; Escape leaves a field. */
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.target.closest?.("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const field = document.querySelector(`[data-field="${CSS.escape(event.key)}"]`);
  const wanted = field ?? document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  if (field) field.focus();
  else wanted.click();
});

/* The review desk: a label is sent with the time the cell was looked at, then the next cell comes. */
(() => {
  const desk = document.querySelector("[data-desk]");
  if (!desk) return;
  window.focus();
  const told = desk.querySelector("[data-desk-told]");
  let looked = 0;
  let since = document.hidden ? null : performance.now();
  const stop = () => {
    if (since !== null) looked += performance.now() - since;
    since = null;
  };
  document.addEventListener("visibilitychange", () => {
    stop();
    if (!document.hidden) since = performance.now();
  });
  const seconds = () => {
    stop();
    if (!document.hidden) since = performance.now();
    return Math.min(86400, Math.round(looked) / 1000);
  };
  const reasons = {
    401: "you are not signed in any more",
    403: "you may not do this",
    409: "there is another word on this cell since you opened it; look at it again",
    422: "this is too long",
    429: "too fast, wait a moment",
  };
  let isSending = false;
  const send = async (route, body, next) => {
    if (isSending) return;
    isSending = true;
    if (told) told.textContent = "…";
    try {
      const answer = await fetch(route, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(reasons[answer.status] ?? `the server said ${answer.status}`);
      window.location.assign(next);
    } catch (error) {
      isSending = false;
      if (told) told.textContent = `Not kept: ${error.message}.`;
    }
  };
  document.addEventListener("click", (event) => {
    const label = event.target.closest("[data-label]");
    if (label) {
      const written = (name) => desk.querySelector(`[name=${name}]`).value;
      const body = {
        paper: desk.dataset.paper,
        question: desk.dataset.question,
        label: label.dataset.label,
        value: written("value"),
        comment: written("comment"),
        seconds: seconds(),
        after: desk.dataset.after || null,
        is_blind: "blind" in desk.dataset,
      };
      send(desk.dataset.route, body, desk.dataset.next);
    }
    const undo = event.target.closest("[data-undo]");
    if (undo) {
      const { undo: kind, paper, question, word } = undo.dataset;
      const cell = new URLSearchParams({ paper, question });
      send("withdraw", { kind, paper, question, word }, `review_cell?${cell}`);
    }
  });
  desk.querySelector("form")?.addEventListener("submit", (event) => event.preventDefault());
})();
