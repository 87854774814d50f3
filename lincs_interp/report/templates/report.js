"use strict";
// What the page does by itself: its tables can be sorted, the table of all signatures also searched, filtered, turned
// page by page and taken along. This text is the same in every report, and what the tables hold gets in as text only.
(() => {
  const NONE = "–"; // what a cell shows where there is nothing
  const FORMULA_SIGNS = "=+-@＝＋－＠"; // text that begins so would be run as a formula by a spreadsheet program
  const inWords = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;
  const count = (n) => n.toLocaleString("en");
  const textOf = (cell) => cell.dataset.t ?? (cell.firstChild?.textContent ?? "").trim();

  // A number where the head of the column says so (its cells carry it in full), else text; null where there is none.
  function keyOf(cell, kind) {
    if (kind !== "text") return cell.dataset.n ? Number(cell.dataset.n) : null;
    const text = textOf(cell);
    return text === "" || text === NONE ? null : text;
  }

  function sorted(rows, column, kind, descending) {
    const keyed = rows.map((row) => [keyOf(row.cells[column], kind), row]);
    keyed.sort(([one], [other]) => {
      if (one === null || other === null) return (one === null) - (other === null); // at the end, whichever way
      const order = kind === "text" ? inWords(one, other) : one - other;
      return descending ? -order : order;
    });
    return keyed.map(([, row]) => row);
  }

  // Each head that says how its column is sorted gets a button; data-sort is "text", or the end that comes "low" or
  // "high" first.
  function makeSortable(table, whenSorted) {
    for (const head of table.tHead.rows[0].cells) {
      if (!head.dataset.sort) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const before = head.ariaSort;
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        const descending = before ? before === "ascending" : head.dataset.sort === "high";
        head.ariaSort = descending ? "descending" : "ascending";
        whenSorted(head, descending);
      });
    }
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    const rows = [...table.tBodies[0].rows];
    makeSortable(table, (head, descending) => {
      table.tBodies[0].append(...sorted(rows, head.cellIndex, head.dataset.sort, descending));
    });
  }

  const table = document.querySelector("table.signatures");
  if (table) openSignatures(table);

  function openSignatures(table) {
    const part = (name) => document.getElementById(`signatures-${name}`);
    const heads = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    let rows = [...body.rows];
    const all = rows.length;
    const searchable = new Map(rows.map((row) => [row, `${row.textContent} ${row.cells[1].dataset.t ?? ""}`.toLowerCase()]));
    const filters = [...document.querySelectorAll("select[data-filter]")].map((select) => {
      const column = heads.findIndex((head) => head.dataset.name === select.dataset.filter);
      const examples = new Map(rows.map((row) => [textOf(row.cells[column]), row]));
      for (const row of sorted([...examples.values()], column, heads[column].dataset.sort, false)) {
        const text = textOf(row.cells[column]);
        select.add(new Option(text === "" ? "(not known)" : text.length > 40 ? `${text.slice(0, 39)}…` : text, `=${text}`));
      }
      return [select, column];
    });
    let found = rows;
    let first = 0;
    let order = "by z_sum, highest first";

    function lookUp() {
      const words = part("search").value.toLowerCase().split(/\s+/).filter(Boolean);
      const chosen = filters.filter(([select]) => select.value);
      found = rows.filter((row) =>
        words.every((word) => searchable.get(row).includes(word)) &&
        chosen.every(([select, column]) => `=${textOf(row.cells[column])}` === select.value));
      first = 0;
      show();
    }

    function show() {
      const size = Number(part("size").value) || Math.max(found.length, 1);
      first = Math.max(0, Math.min(first, Math.floor((found.length - 1) / size) * size));
      const last = Math.min(first + size, found.length);
      body.replaceChildren(...found.slice(first, last));
      const of = found.length === all ? `${count(all)}` : `${count(found.length)} that match (${count(all)} in all)`;
      part("status").textContent = found.length
        ? `Rows ${count(first + 1)} to ${count(last)} of ${of}, ${order}.`
        : `No signature matches (${count(all)} in all).`;
      for (const [name, off] of [["first", first === 0], ["back", first === 0], ["on", last === found.length], ["last", last === found.length]]) {
        part(name).setAttribute("aria-disabled", String(off)); // and not disabled, which would lose the keyboard's place
      }
      for (const name of ["copy", "download"]) {
        part(name).querySelector("span").textContent = found.length === 1 ? "1 row" : `${count(found.length)} rows`;
        part(name).setAttribute("aria-disabled", String(!found.length));
      }
    }

    function asText(cell, head) {
      if (head.dataset.as !== "text") return cell.dataset.n;
      const text = cell.dataset.t ?? textOf(cell);
      const harmless = text.trim() && FORMULA_SIGNS.includes(text.trim()[0]) ? `'${text}` : text;
      return /["\t\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
    }

    // The columns and the numbers of scores.tsv, in full, for all rows found, not only for those on view.
    function asTable() {
      const columns = heads.map((head, place) => [head, place]).filter(([head]) => head.dataset.name);
      const lines = found.map((row) => {
        const id = row.querySelector(".id");
        return [asText(id, { dataset: { as: "text" } }), ...columns.map(([head, place]) => asText(row.cells[place], head))].join("\t");
      });
      return [["signature", ...columns.map(([head]) => head.dataset.name)].join("\t"), ...lines, ""].join("\n");
    }

    async function copy() {
      const text = asTable();
      const [byHand, sheet] = [part("by-hand"), part("sheet")];
      byHand.hidden = true;
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        sheet.value = text; // where the browser keeps its clipboard to itself, the reader copies
        byHand.hidden = false;
        sheet.focus();
        sheet.select();
        if (!document.execCommand("copy")) {
          part("status").textContent = "The browser does not let this page copy: the rows are selected below, copy them with Ctrl+C.";
          return;
        }
        byHand.hidden = true;
        part("copy").focus();
      }
      part("status").textContent = `${found.length === 1 ? "1 row is" : `${count(found.length)} rows are`} copied, tab-separated.`;
    }

    function download() {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([asTable()], { type: "text/tab-separated-values" }));
      link.download = "signatures.tsv";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      part("status").textContent = `${found.length === 1 ? "1 row is" : `${count(found.length)} rows are`} in signatures.tsv.`;
    }

    const whenPressed = {
      first: () => { first = 0; show(); },
      back: () => { first -= Number(part("size").value); show(); },
      on: () => { first += Number(part("size").value); show(); },
      last: () => { first = found.length; show(); },
      reset: () => {
        part("search").value = "";
        for (const [select] of filters) select.value = "";
        lookUp();
      },
      copy,
      download,
    };
    for (const [name, act] of Object.entries(whenPressed)) {
      part(name).addEventListener("click", () => { if (part(name).ariaDisabled !== "true") act(); });
    }
    for (const control of [part("search"), ...filters.map(([select]) => select)]) control.addEventListener("input", lookUp);
    part("size").addEventListener("input", show);
    makeSortable(table, (head, descending) => {
      rows = sorted(rows, head.cellIndex, head.dataset.sort, descending);
      const ends = head.dataset.sort === "text" ? ["A to Z", "Z to A"] : ["lowest first", "highest first"];
      order = `by ${head.textContent.trim()}, ${ends[Number(descending)]}`;
      lookUp();
    });
    table.parentElement.classList.remove("plain-table");
    for (const tools of document.querySelectorAll(".tools, .on-paper")) tools.hidden = false;
    show();
  }

  const folded = () => document.querySelectorAll("details:not([open])");
  addEventListener("beforeprint", () => {
    for (const one of folded()) Object.assign(one, { open: true }).dataset.folded = "";
  });
  addEventListener("afterprint", () => {
    for (const one of document.querySelectorAll("details[data-folded]")) one.removeAttribute("open");
  });
})();
