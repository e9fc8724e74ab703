// What the pages do beside htmx: the menu on small screens, charts' tips and tables, dialogs, copying, short cuts.
"use strict";

const on = (kind, selector, act) =>
  document.addEventListener(kind, (event) => {
    const found = event.target instanceof Element ? event.target.closest(selector) : null;
    if (found) act(found, event);
  });

on("click", "[data-toggles]", (button) => {
  const target = document.getElementById(button.dataset.toggles);
  const open = target.classList.toggle("open");
  button.setAttribute("aria-expanded", String(open));
});

on("click", "[data-opens]", (button) => document.getElementById(button.dataset.opens).showModal());
on("click", "[data-closes]", (button) => button.closest("dialog").close());

on("click", "[data-copies]", async (button) => {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent.trim());
  button.textContent = button.dataset.done;
});

// A control that sends its form as soon as it is changed.
on("change", "[data-submits]", (control) => control.form.requestSubmit());

// Charts: every mark says its numbers; the same numbers stand in the table below.
let tip = null;
function show(mark, x, y) {
  if (!tip) {
    tip = document.createElement("div");
    tip.className = "chart-tip";
    tip.setAttribute("role", "status");
    document.body.append(tip);
  }
  tip.textContent = mark.dataset.tip;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  // Set by script, not by an attribute: the policy forbids style attributes, not the style object.
  tip.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - box.width - 4))}px`;
  tip.style.top = `${Math.max(4, y - box.height - 10)}px`;
}
const hide = () => { if (tip) tip.hidden = true; };
on("pointermove", "[data-tip]", (mark, event) => show(mark, event.clientX, event.clientY));
document.addEventListener("pointerout", (event) => { if (event.target.closest?.("[data-tip]")) hide(); });
document.addEventListener("scroll", hide, { passive: true, capture: true });

// Within a chart the arrows go from mark to mark, t opens its numbers.
let at = new WeakMap();
on("keydown", ".chart-figure", (figure, event) => {
  if (event.key === "t" && !event.ctrlKey && !event.metaKey) {
    const numbers = figure.querySelector("details.numbers");
    if (numbers) { numbers.open = !numbers.open; event.preventDefault(); }
    return;
  }
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step || event.target !== figure) return;
  const marks = [...figure.querySelectorAll("[data-tip]")].filter((mark) => mark.getClientRects().length);
  if (!marks.length) return;
  const next = ((at.get(figure) ?? (step > 0 ? -1 : 0)) + step + marks.length) % marks.length;
  at.set(figure, next);
  const box = marks[next].getBoundingClientRect();
  show(marks[next], box.x + box.width / 2, box.y);
  event.preventDefault();
});
on("focusout", ".chart-figure", hide);

// "/" goes to the search of the page.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const search = document.querySelector("input[type=search]");
  if (search) { search.focus(); event.preventDefault(); }
});

// A part that could not be fetched says so where it would stand.
document.body.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 401) return;
  const target = event.detail.target;
  if (target && target.dataset.failed) target.textContent = target.dataset.failed;
});

// A file that is too large is told before it travels.
on("change", "input[type=file][data-most]", (input) => {
  const file = input.files[0];
  input.setCustomValidity(file && file.size > Number(input.dataset.most) ? input.dataset.tooLarge : "");
  input.reportValidity();
});
