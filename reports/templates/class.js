"use strict";
// Sorts and filters the table of students. The screen shows the first rows; the others are in a part of the table that
// is not displayed, so that no click takes longer in a larger class. All rows that match are printed.
const AT_ONCE = 30, SHOWN = 60;
const table = document.querySelector("#heat"), body = table.tBodies[0], rest = table.createTBody();
const heads = [...table.querySelectorAll("thead th")], sectionAt = heads.findIndex((head) => head.classList.contains("wide"));
const form = document.querySelector("#filters"), count = document.querySelector("#filter-count"), more = document.querySelector("#filter-all");
const inputs = ["name", "section", "verdict"].map((name) => document.querySelector(`#filter-${name}`));
const collator = new Intl.Collator(undefined, { numeric: true });
const students = [...body.rows].map((row, index) => {
  const cells = [...row.cells].map((cell) => cell.textContent.trim());
  return { row, index, cells, name: cells[0].toLowerCase(), section: cells[sectionAt] ?? "", verdict: row.dataset.verdict };
});
let ordered = students, matching = students, all = students.length <= SHOWN, job = 0;

function number(text) {
  const digits = text.match(/[+-]?\d+/);
  return digits ? Number(digits[0]) : -Infinity;
}
// Returns each student's rank in a column, by index: to compare ranks is quicker than to compare texts.
function rank(at) {
  const isNumber = heads[at].dataset.sort === "number", of = new Uint32Array(students.length);
  for (const each of students) each.key = isNumber ? number(each.cells[at]) : each.cells[at];
  const compare = isNumber ? (a, b) => a.key - b.key : (a, b) => collator.compare(a.key, b.key);
  let last = null;
  for (const [place, each] of [...students].sort(compare).entries()) {
    of[each.index] = last && !compare(last, each) ? of[last.index] : place;
    last = each;
  }
  return of;
}
function place(from, to) {
  body.append(...matching.slice(from, to).map((each) => each.row));
}
// More rows follow while the browser has nothing else to do.
function follow(from) {
  if (from >= (all ? matching.length : SHOWN)) return;
  job = setTimeout(() => { place(from, from + AT_ONCE); follow(from + AT_ONCE); }, 0);
}
function show() {
  clearTimeout(job);
  const [name, section, verdict] = inputs.map((input) => (input ? input.value : ""));
  const wanted = name.trim().toLowerCase();
  matching = ordered.filter((each) => each.name.includes(wanted) && (!section || each.section === section) && (!verdict || each.verdict === verdict));
  rest.append(...body.rows);
  place(0, AT_ONCE);
  follow(AT_ONCE);
  rest.hidden = matching.length < students.length;
  count.textContent = `${matching.length} of ${students.length}`;
  more.hidden = all || matching.length <= SHOWN;
}
const names = rank(0), ranks = [names];
for (const head of heads) {
  const at = heads.indexOf(head), button = document.createElement("button"), printed = document.createElement("span");
  button.type = "button";
  printed.className = "printed"; // a button is not printed on the pages that repeat the head
  printed.textContent = head.textContent;
  button.append(...head.childNodes);
  head.append(button, printed);
  button.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending", sign = up ? 1 : -1;
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const of = (ranks[at] ??= rank(at));
    ordered = [...students].sort((a, b) => sign * (of[a.index] - of[b.index]) || names[a.index] - names[b.index]);
    show();
  });
}
more.addEventListener("click", () => { all = true; show(); });
form.hidden = false;
form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("beforeprint", () => { clearTimeout(job); place(0, matching.length); });
addEventListener("afterprint", show);
rest.className = "rest";
show();
for (const at of heads.keys()) setTimeout(() => { ranks[at] ??= rank(at); }, 0);
