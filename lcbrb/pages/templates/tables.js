// Tables: sorted by their heads, with bars for intervals. Sorting is kept in `sort` and `down`.

const LAST = Symbol("last");

/** Sorted by a key, what has none always last; equal keys stay in their order. */
function sorted(items, keyOf, down) {
  const sign = down ? -1 : 1;
  return [...items].sort((a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)];
    if (x === LAST || y === LAST) return (x === LAST) - (y === LAST);
    return x < y ? -sign : x > y ? sign : 0;
  });
}

/** A table of heads (texts or cells) and rows; says so where there is no row. */
function table({ caption, heads, rows, none = null, ...attributes }) {
  const cells = heads.map((head) => (typeof head === "string" ? el("th", { scope: "col" }, head) : head));
  const empty = el("tr", {}, el("td", { colspan: String(cells.length) }, none));
  return el(
    "table",
    attributes,
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, cells)),
    el("tbody", {}, rows.length || !none ? rows : empty),
  );
}

const numberHead = (text) => el("th", { scope: "col", class: "number" }, text);
const numberCell = (text, cls = "") => el("td", { class: `number ${cls}` }, text);

/** A column head that sorts; `first`: by it where nothing is chosen; `descends`: largest first. */
function sortingHead(key, text, { title = null, cls = "number", first = false, descends = false } = {}) {
  const current = state.sort === key || (first && !state.sort);
  const ascending = descends === (state.down === "1");
  const change = (event) => {
    const around = event.target.closest(".scroll");
    choose({ sort: first ? "" : key, down: current && !state.down ? "1" : "" });
    around.querySelector(`[data-sort="${CSS.escape(key)}"]`)?.focus();
  };
  const arrow = el("span", { class: "arrow", "aria-hidden": "true" }, current ? (ascending ? "▲" : "▼") : "");
  const button = el("button", { type: "button", class: "sort", title, "data-sort": key, onclick: change }, text, arrow);
  const direction = current ? (ascending ? "ascending" : "descending") : null;
  return el("th", { scope: "col", class: cls, "aria-sort": direction }, button);
}

const BAR = 170;

/** A value and its interval (or null), drawn over a range of shares with a tick each tenth. */
function bar(one, [low, high]) {
  const x = (value) => (6 + ((value - low) / (high - low)) * (BAR - 12)).toFixed(1);
  const marks = [];
  for (let tick = Math.round(low * 10); tick <= Math.round(high * 10); tick += 1) {
    marks.push(svg("line", { x1: x(tick / 10), x2: x(tick / 10), y1: 0, y2: 20, class: "tick" }));
  }
  if (one && one.low !== null) {
    marks.push(svg("line", { x1: x(one.low), x2: x(one.high), y1: 10, y2: 10, class: "span" }));
  }
  if (one) marks.push(svg("circle", { cx: x(one.value), cy: 10, r: 4, class: "point" }));
  return svg("svg", { class: "bar", viewBox: `0 0 ${BAR} 20`, "aria-hidden": "true" }, marks);
}

/** Round ends, tenths, for estimates that are shares (null: none) and their intervals. */
function shareRange(estimates) {
  const bounds = estimates.filter(Boolean).flatMap((one) => [one.low ?? one.value, one.high ?? one.value]);
  if (!bounds.length) return [0, 1];
  const low = Math.max(0, Math.floor(Math.min(...bounds) * 10 - 1e-9) / 10);
  const high = Math.min(1, Math.ceil(Math.max(...bounds) * 10 + 1e-9) / 10);
  return [low, high];
}
