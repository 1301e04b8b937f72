// Axes, marks and lines of a plot of shares, as SVG. What a plot shows stands in a table too.

const WIDE = 640;
const HIGH = 320;
const EDGE = { left: 48, right: 150, top: 26, bottom: 40 };
const INNER = { x: EDGE.left, y: EDGE.top, w: WIDE - EDGE.left - EDGE.right, h: HIGH - EDGE.top - EDGE.bottom };
const WHOLE_WIDTH = { ...INNER, w: WIDE - EDGE.left - 14 }; // of plots without names beside the ends of lines
const MARKERS = 8;

/** A map from values to places on an axis. */
const scale = (low, high, from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);

/** Lines across the plot with the axis's label; `marks` are a place and a text each. */
function gridLines(marks, label, inner = INNER) {
  const lines = marks.flatMap(([y, text]) => {
    const at = y.toFixed(1);
    return [
      svg("line", { x1: inner.x, x2: inner.x + inner.w, y1: at, y2: at, class: "grid" }),
      svg("text", { x: inner.x - 6, y: at, class: "tick-text end" }, text),
    ];
  });
  return [...lines, svg("text", { x: 4, y: 8, class: "tick-text" }, label)];
}

const MOST_STEPS = 10;

function yAxis([low, high], y, label, inner = INNER) {
  const span = Math.round(100 * (high - low));
  const step = [1, 2, 5, 10, 20].find((one) => span / one <= MOST_STEPS);
  const marks = [];
  for (let hundredth = Math.round(low * 100); hundredth <= Math.round(high * 100); hundredth += step) {
    marks.push([y(hundredth / 100), `${hundredth}%`]);
  }
  return gridLines(marks, label, inner);
}

function xAxis(ticks, label, inner = INNER) {
  const base = inner.y + inner.h;
  return [
    svg("line", { x1: inner.x, x2: inner.x + inner.w, y1: base, y2: base, class: "axis" }),
    ...ticks.map(([at, text]) => svg("text", { x: at.toFixed(1), y: base + 15, class: "tick-text middle" }, text)),
    svg("text", { x: inner.x + inner.w / 2, y: base + 33, class: "tick-text middle" }, label),
  ];
}

/** A mark of its own shape for each series, so that colour is not all that tells them apart. */
function marker(number, x, y) {
  const kind = number % 4;
  const cls = `mark series-${number % MARKERS}`;
  if (kind === 0) return svg("circle", { cx: x, cy: y, r: 4, class: cls });
  if (kind === 1) return svg("rect", { x: x - 3.5, y: y - 3.5, width: 7, height: 7, class: cls });
  const points = kind === 2 ? [[0, -5], [5, 4], [-5, 4]] : [[0, -5], [5, 0], [0, 5], [-5, 0]];
  return svg("polygon", { points: points.map(([dx, dy]) => `${x + dx},${y + dy}`).join(" "), class: cls });
}

/** A series' colour and mark: its own `look`, or by its place. */
const lookOf = ({ look }, place) => look ?? place;

/**
 * Lines with error bars; each is { name, points: [[x, y, low, high]] } in places of the plot, without marks
 * where `bare`, and in the colour and mark of another place where it has a `look`.
 */
function linesOf(series) {
  return series.flatMap((line, place) => {
    const { points, bare = false } = line;
    const number = lookOf(line, place);
    return [
      points.length > 1
        ? svg("polyline", { points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "), class: `line series-${number % MARKERS}` })
        : null,
      ...points.map(([x, , low, high]) =>
        low === null ? null : svg("line", { x1: x, x2: x, y1: low, y2: high, class: `error series-${number % MARKERS}` }),
      ),
      ...(bare ? [] : points.map(([x, y]) => marker(number, x, y))),
    ];
  }).filter(Boolean);
}

/** Names beside the ends of lines, pushed apart where they would overlap. */
function endNames(series) {
  const ends = series
    .map((line, place) => ({ name: line.name, number: lookOf(line, place), y: line.points.at(-1)[1] }))
    .sort((a, b) => a.y - b.y);
  ends.forEach((end, i) => {
    if (i) end.y = Math.max(end.y, ends[i - 1].y + 14);
  });
  const over = Math.max(0, (ends.at(-1)?.y ?? 0) - (HIGH - 6));
  return ends.flatMap(({ name, number, y }) => [
    marker(number, INNER.x + INNER.w + 14, y - over),
    svg("text", { x: INNER.x + INNER.w + 24, y: y - over, class: "name" }, shortened(name, 17)),
  ]);
}

/** A figure: title, drawing, and a sentence for those who don't see it; `more` stands below the title. */
function plot(title, note, marks, told, more = null) {
  return el(
    "figure",
    {},
    el("figcaption", {}, el("h3", {}, title), el("p", { class: "faint" }, note), more),
    marks &&
      scrolling(`${title}, plot`,
        svg("svg", { class: "plot", viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": told }, marks)),
  );
}

/** Shares as lines; `series` is { name, points: [[x, estimate]] } each, x a place of the plot. */
function lineChart({ title, note, series, ticks, xLabel, yLabel, told }) {
  const range = shareRange(series.flatMap(({ points }) => points.map(([, one]) => one)));
  const y = scale(...range, INNER.y + INNER.h, INNER.y);
  const place = (value) => (value === null ? null : y(value));
  const drawn = series.map(({ name, points }, number) => ({
    name,
    points: points.map(([x, one]) => [
      x + (number - (series.length - 1) / 2) * 3, y(one.value), place(one.low), place(one.high),
    ]),
  }));
  return plot(title, note, [...yAxis(range, y, yLabel), ...xAxis(ticks, xLabel), ...linesOf(drawn), ...endNames(drawn)], told);
}
