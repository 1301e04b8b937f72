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

/** The page's title and more, as the name of a file. */
const fileName = (...parts) =>
  `${[document.title, ...parts].join(" ").toLowerCase().replace(/[^a-z0-9.+]+/g, "-").replace(/^-+|-+$/g, "") || "page"}.csv`;

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

const escaped = (text) => text.replace(/[\\|`<*_[\]]/g, "\\$&");

function markdown(tables) {
  const line = (cells) => `| ${cells.map(escaped).join(" | ")} |\n`;
  const rule = (heads) => `|${heads.map((_, i) => (i ? " ---: " : " --- ")).join("|")}|\n`;
  return tables
    .map(tableCells)
    .map(([heads, ...rows]) => line(heads) + rule(heads) + rows.map(line).join(""))
    .join("\n");
}

const tabbed = (tables) =>
  tables.map(tableCells).map((rows) => rows.map((cells) => `${cells.join("\t")}\n`).join("")).join("\n");

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
