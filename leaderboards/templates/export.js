// CSV to save, Markdown and tab-separated text to paste.

/** A CSV field; one that a spreadsheet would take for a formula gets an apostrophe. */
function csvField(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "number" ? String(value) : String(value).replace(/^[=+\-@\t\r]/, "'$&");
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const csv = (rows) => rows.map((row) => row.map(csvField).join(",")).join("\r\n") + "\r\n";

function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  announce(`Saved ${name}`);
}

const fileName = (...parts) =>
  `${parts.join(" ").toLowerCase().replace(/[^a-z0-9.+]+/g, "-").replace(/^-+|-+$/g, "") || "board"}.csv`;

const CSV_HEAD = ["benchmark", "kind", "metric", "part", "from", "to", "rank", "model", "score", "low", "high",
  "interval", "n", "problems", "covered", "of", "harness_errors", "complete", "exposed", "size_b", "released", "cutoff"];

/** One line a model and benchmark: what the table shows, in full precision. Missing is empty. */
function csvRows() {
  const column = chosenColumn();
  const shown = column ? [column] : shownColumns();
  const rows = shown.flatMap((one) => {
    const view = viewOf(one);
    return sortedLines(one, view).map((line) => csvRow(one, view, line));
  });
  return [CSV_HEAD, ...rows];
}

function csvRow(column, view, line) {
  const { score: one, row, coverage: covered } = line;
  return [
    column.label, column.kind, view.metric, view.part, view.from, view.to, line.rank, row.name,
    one?.value, one?.low, one?.high, one?.method, one?.n, one?.clusters, covered.have, covered.of,
    covered.harness, row.record.complete, line.exposed, row.info.size_b, row.info.released, row.info.cutoff,
  ];
}

function saveTable() {
  save(fileName(meta.title, chosenColumn()?.label ?? ""), csv(csvRows()));
}

function saveComparison() {
  const [a, b] = chosenTwo();
  const rows = comparisons(a, b).flatMap((one) =>
    one.paired.places.map((place, i) => [
      one.column.label, one.view.metric, a, b, one.column.problems[place], one.paired.sums[i], one.paired.counts[i],
    ]),
  );
  const heading = ["benchmark", "metric", "a", "b", "problem", "a_minus_b_summed", "count"];
  save(fileName(meta.title, a, "against", b), csv([heading, ...rows]));
}

/** A table's cells as text, without what only screen readers hear. */
function tableCells(table) {
  return [...table.rows].map((row) =>
    [...row.cells]
      .filter((cell) => !cell.classList.contains("drawn"))
      .map((cell) => {
        const copy = cell.cloneNode(true);
        copy.querySelectorAll(".hidden, .arrow, svg").forEach((node) => node.remove());
        copy.querySelectorAll(".under, .badge").forEach((node) => node.prepend(" "));
        return copy.textContent.replace(/\s+/g, " ").trim();
      }),
  );
}

const shownTables = () => [...document.querySelectorAll("table.scores")].map(tableCells);
const escaped = (text) => text.replace(/[\\|`<*_[\]]/g, "\\$&");

function markdown() {
  const line = (cells) => `| ${cells.map(escaped).join(" | ")} |\n`;
  const rule = (heads) => `|${heads.map((_, i) => (i ? " ---: " : " --- ")).join("|")}|\n`;
  return shownTables()
    .map(([heads, ...rows]) => line(heads) + rule(heads) + rows.map(line).join(""))
    .join("\n");
}

const tabbed = () =>
  shownTables().map((rows) => rows.map((cells) => `${cells.join("\t")}\n`).join("")).join("\n");

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", { "aria-label": "copied text", class: "hidden" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  announce(`${what} copied`);
}

function startExport() {
  byId("csv").addEventListener("click", saveTable);
  byId("copy-markdown").addEventListener("click", () => copy(markdown(), "The table as Markdown"));
  byId("copy-tabs").addEventListener("click", () => copy(tabbed(), "The table, tab-separated,"));
  byId("link").addEventListener("click", () => copy(location.href, "A link to this view"));
}
