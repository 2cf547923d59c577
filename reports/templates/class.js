"use strict";
for (const head of document.querySelectorAll("#heat thead th")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = document.querySelector("#heat tbody"), at = head.cellIndex, isNumber = head.dataset.sort === "number";
    const key = (row) => {
      const text = row.cells[at].textContent.trim();
      return isNumber ? Number(text.replace(/[^0-9]/g, "") || -1) : text;
    };
    const compare = (a, b) => (isNumber ? key(a) - key(b) : key(a).localeCompare(key(b), undefined, { numeric: true }));
    body.append(...[...body.rows].sort((a, b) => (up ? compare(a, b) : compare(b, a))));
  });
}
