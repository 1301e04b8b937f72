// The curves of a training over its steps. What they show comes thinned, and in tables, from Python.

/** The accuracy of the weights that were kept, beside the last step. */
function keptSeries(y) {
  const { value, low, high } = meta.kept;
  const place = (bound) => (low === null || high === null ? null : y(bound));
  return { name: "kept weights", points: [[INNER.x + INNER.w - 4, y(value), place(low), place(high)]] };
}

function bestMark() {
  const x = atStep(meta.best).toFixed(1);
  return [
    svg("line", { x1: x, x2: x, y1: INNER.y, y2: INNER.y + INNER.h, class: "axis", "stroke-dasharray": "4 3", id: "best" }),
    svg("text", { x, y: INNER.y - 6, class: "tick-text middle" }, `best: step ${thousands(meta.best)}`),
  ];
}

/** A figure of some of the lines of `meta.lines`; `isShare` is the one of held-out accuracy. */
function curves(title, note, label, names, isShare = false) {
  const lines = names.map((name) => ({ name, points: meta.lines[name] })).filter(({ points }) => points.length);
  const kept = isShare && meta.kept;
  if (!lines.length && !kept) return plot(title, "Nothing was recorded.", null, "");
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const [y, axis] = isShare ? shareAxis(values, meta.kept) : numberAxis(values);
  const series = lines.map(({ name, points }) => ({
    name,
    bare: points.length > MOST_MARKS,
    points: points.map(([step, value]) => [atStep(step), y(value), null, null]),
  }));
  if (kept) series.push(keptSeries(y));
  const marks = [...axis(label), ...stepAxis(), ...(isShare && meta.best ? bestMark() : []), ...linesOf(series), ...endNames(series)];
  return plot(title, note, marks, lines.map((line) => told(line, isShare ? shareText : tickText)).join("; "));
}

function draw() {
  byId("made").textContent = meta.made;
  if (meta.steps) {
    byId("curves").replaceChildren(
      curves("Loss", "Of each step's batch, and of the pairs held out.", "loss", ["training loss", "held-out loss"]),
      curves("Held-out accuracy", `A tie is half a win.${meta.kept ? " At the end: the weights that were kept, with their interval." : ""}`, "accuracy", ["accuracy"], true),
      curves("Learning rate", "At each step.", "rate", ["learning rate"]),
      curves("Gradient norm", "Before it is cut.", "norm", ["gradient norm"]),
    );
  }
  document.documentElement.dataset.ready = "yes";
}

startState(() => {});
draw();
