// Filters and sorts tables; the page says the same without it.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const rows = (id) => [...document.getElementById(id).tBodies[0].rows];

  const refilter = (id) => {
    const text = document.querySelector(`[data-filter="${id}"]`).value.trim().toLowerCase();
    const fresh = document.querySelector(`[data-new="${id}"]`).checked;
    let shown = 0;
    for (const row of rows(id)) {
      const hide = (fresh && !("fresh" in row.dataset)) || (text && !row.textContent.toLowerCase().includes(text));
      row.hidden = Boolean(hide);
      shown += hide ? 0 : 1;
    }
    document.querySelector(`[data-count="${id}"]`).textContent = `${shown} of ${rows(id).length} groups`;
  };

  const key = (row, column) => {
    const cell = row.cells[column];
    const text = (cell.dataset.k || cell.textContent).trim();
    const number = cell.classList.contains("n") ? Number(text.replaceAll(",", "")) : NaN;
    return Number.isNaN(number) ? text : number;
  };

  const resort = (head) => {
    const table = head.closest("table");
    const up = head.getAttribute("aria-sort") !== "ascending";
    all("[aria-sort]", table).forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const sorted = rows(table.id).map((row) => [key(row, head.cellIndex), row]);
    sorted.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (up ? 1 : -1));
    table.tBodies[0].append(...sorted.map(([, row]) => row));
  };

  all(".controls").forEach((controls) => { controls.hidden = false; });
  all("[data-filter]").forEach((input) => input.addEventListener("input", () => refilter(input.dataset.filter)));
  all("[data-new]").forEach((input) => input.addEventListener("change", () => refilter(input.dataset.new)));
  all("th[data-sort]").forEach((head) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => resort(head));
    head.replaceChildren(button);
  });
})();
