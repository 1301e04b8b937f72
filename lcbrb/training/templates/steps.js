// Axes of plots over the steps of a training: `meta.steps` is the last one.

const MOST_MARKS = 40; // a line of more points has no marks

/** Round values from about `low` to `high`, some five of them; both ends lie inside. */
function roundTicks(low, high) {
  const rough = (high - low || Math.abs(high) || 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((times) => times * power >= rough) ?? 10);
  const first = Math.floor(low / step);
  const last = Math.max(Math.ceil(high / step), first + 1);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

function tickText(value) {
  const short = Number(value.toPrecision(3));
  const plain = value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5);
  return plain ? String(short) : short.toExponential();
}

const atStep = scale(0, meta.steps, INNER.x, INNER.x + INNER.w - 18); // what follows the last step stands beside it

function stepAxis() {
  const ticks = roundTicks(0, meta.steps).filter((step) => step <= meta.steps && Number.isInteger(step));
  return xAxis(ticks.map((step) => [atStep(step), thousands(step)]), "step");
}

function numberAxis(values) {
  const ticks = roundTicks(Math.min(...values), Math.max(...values));
  const y = scale(ticks[0], ticks.at(-1), INNER.y + INNER.h, INNER.y);
  return [y, (label) => gridLines(ticks.map((tick) => [y(tick), tickText(tick)]), label)];
}

/** An axis of shares; `kept` is an estimate that must be on it too. */
function shareAxis(values, kept = null) {
  const range = shareRange([...values.map((value) => ({ value, low: null, high: null })), kept]);
  const y = scale(...range, INNER.y + INNER.h, INNER.y);
  return [y, (label) => yAxis(range, y, label)];
}

const told = ({ name, points }, show) =>
  `${name}: ${show(points[0][1])} at step ${points[0][0]}, ${show(points.at(-1)[1])} at step ${points.at(-1)[0]}`;
