"use strict";
// Sorts and filters the table of students. At most SHOWN rows are laid out at a time: to lay out a large class takes
// longer than a reader waits. All rows stay in the page, in order, and are printed.
const SHOWN = 60;
const body = document.querySelector("#heat tbody"), heads = [...document.querySelectorAll("#heat thead th")];
const collator = new Intl.Collator(undefined, { numeric: true });
const rows = [...body.rows].map((row) => ({ row, cells: [...row.cells].map((cell) => cell.textContent.trim()), verdict: row.dataset.verdict }));
rows.map((each) => ((each.name = each.cells[0].toLowerCase()), each)).sort((a, b) => collator.compare(a.cells[0], b.cells[0])).forEach((each, rank) => (each.rank = rank));
let all = rows.length <= SHOWN;
function number(text) {
  const digits = text.match(/[+-]?\d+/);
  return digits ? Number(digits[0]) : -Infinity;
}
function order(head, up) {
  const at = head.cellIndex, sign = up ? 1 : -1, isNumber = head.dataset.sort === "number";
  for (const each of rows) each.key = at === 0 ? each.rank : isNumber ? number(each.cells[at]) : each.cells[at];
  const compare = at === 0 || isNumber ? (a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1) : (a, b) => collator.compare(a.key, b.key);
  rows.sort((a, b) => sign * compare(a, b) || a.rank - b.rank);
}
const form = document.querySelector("#filters"), count = document.querySelector("#filter-count"), more = document.querySelector("#filter-all");
const inputs = ["name", "section", "verdict"].map((name) => document.querySelector(`#filter-${name}`));
const sectionAt = heads.findIndex((head) => head.classList.contains("wide"));
function show() {
  const [name, section, verdict] = inputs.map((input) => (input ? input.value : ""));
  const wanted = name.trim().toLowerCase();
  let found = 0;
  for (const each of rows) {
    const matches = each.name.includes(wanted) && (!section || each.cells[sectionAt] === section) && (!verdict || each.verdict === verdict);
    found += matches;
    const state = !matches ? "out" : found > SHOWN && !all ? "later" : "";
    if (each.row.className !== state) each.row.className = state;
  }
  count.textContent = `${found} of ${rows.length}`;
  more.hidden = all || found <= SHOWN;
}
for (const head of heads) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    order(head, up);
    show();
    body.replaceChildren(...rows.map((each) => each.row));
  });
}
more.addEventListener("click", () => { all = true; show(); });
form.hidden = false;
form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
show();
