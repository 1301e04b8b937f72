// Scores, coverage and ranks of a column's rows over a part of it and a window of dates.

/** All texts of a list of chunks, by the place they are about. */
async function textsOf(chunks) {
  const found = new Map();
  for (const items of await Promise.all(chunks.map((number) => unpack(`texts-${number}`)))) {
    for (const item of items) found.set(String(item.at), item);
  }
  return found;
}

/** A record's estimates, by name. */
const recorded = (estimates) =>
  Object.fromEntries(Object.entries(estimates).map(([key, [value, low, high, n, clusters, method]]) =>
    [key, { value, low, high, n, clusters, method: meta.methods[method], recorded: true }]));

/** Hang the verdicts onto the columns of `meta`, and give each row its model. */
async function loadVerdicts() {
  const data = await unpack("verdicts");
  meta.columns.forEach((column, c) => {
    Object.assign(column, data[c], { index: c, cache: new Map() });
    column.isPairs = column.kind === "reward model";
    column.units = column.isPairs ? column.pairs.problem.length : column.problems.length;
    column.rows = column.rows.map((row, r) => ({
      ...row,
      index: r,
      name: meta.models[row.model].name,
      info: meta.models[row.model],
      letters: data[c].letters[r],
      estimates: recorded(row.estimates),
      cache: new Map(),
    }));
  });
}

const POINTS = { W: 1, T: 0.5, L: 0, w: 1, t: 0.5, l: 0 };
const ABSENT = ".";

const WHOLE = { metric: "", part: "", from: "", to: "" };
const REMEMBERED = 400;

/** Something of a column or row for a view, kept while it is wanted: a dragged handle asks anew. */
function remembered(owner, name, view, compute) {
  const key = `${name}|${view.metric}|${view.part}|${view.from}|${view.to}`;
  if (owner.cache.size > REMEMBERED) owner.cache.clear();
  return cached(owner.cache, key, compute);
}

/** A function of column and view, or of column, row and view, whose values are kept. */
const remembering = (name, compute) => (...given) => {
  const [owner, view] = given.slice(-2);
  return remembered(owner, name, view, () => compute(...given));
};

/** Of each unit (problem or pair) the place of its problem. */
const problemOf = (column, unit) => (column.isPairs ? column.pairs.problem[unit] : unit);

/** A row's units under a metric: `values` (NaN: no verdict) and `n` samples or pairs each. */
function observe(column, row, metric) {
  const compute = () => (column.isPairs ? pairValues(row, metric) : sampleValues(column, row, metric));
  return remembered(row, "observed", { ...WHOLE, metric }, compute);
}

function pairValues(row, metric) {
  if (metric !== "accuracy") return null;
  const values = Float64Array.from(row.letters[0], (letter) => POINTS[letter] ?? NaN);
  return { values, n: Float64Array.from(values, (value) => (Number.isNaN(value) ? 0 : 1)) };
}

/** Of each unit: verdicts (`n`), passes, failures of ours; `which` 1 is the base tests, 2 the plus inputs alone. */
const tallies = (column, row, which = 0) =>
  remembered(row, `tallies ${which}`, WHOLE, () => newTallies(column, row, row.letters[which]));

function newTallies(column, row, letters) {
  const found = { n: new Float64Array(column.units), passed: new Float64Array(column.units), harness: new Float64Array(column.units) };
  for (let unit = 0, i = 0; unit < column.units; unit += 1) {
    for (const end = i + row.width; i < end; i += 1) {
      const letter = letters[i];
      if (letter === ABSENT) continue;
      if (!column.isPairs && letter === meta.harness) found.harness[unit] += 1;
      else found.n[unit] += 1;
      if (letter === "p") found.passed[unit] += 1;
    }
  }
  return found;
}

/** The letters that a kind of tests is counted from; records of before counted the plus inputs alone. */
const TESTS = { "tests=base": 1, "tests=base + plus": 0, "tests=plus": 2 };

const fewestOf = (n) => n.reduce((least, one) => (one ? Math.min(least, one) : least), Infinity);

function sampleValues(column, row, metric) {
  const [name, part] = metric.split("/");
  const which = part ? TESTS[part] : 0;
  const k = /^pass@(\d+)$/.exec(name);
  if (!k || which === undefined || !row.letters[which] || (part && !row.letters[2])) return null;
  const { n, passed } = tallies(column, row, which);
  const wanted = Number(k[1]);
  if (wanted > fewestOf(n)) return null;
  const values = n.map((one, unit) => {
    if (!one) return NaN;
    return wanted === 1 ? passed[unit] / one : passAtK(one, passed[unit], wanted);
  });
  return { values, n };
}

/** The fewest samples that an answered problem of a row has. */
const fewestSamples = (column, row) =>
  column.isPairs || !row.letters[0] ? 0 : fewestOf(tallies(column, row).n);

/** What slices a column's units: name to the value of each unit. */
const slices = ofColumn("slices", (column) => {
  const found = Object.create(null); // names come from records
  const unit = (pick) => Array.from({ length: column.units }, (_, u) => pick(u));
  if (column.difficulty.length) {
    found.difficulty = unit((u) => column.difficulty[problemOf(column, u)]);
  }
  if (column.isPairs && column.pairs.category.some((one) => one !== null)) {
    found.category = column.pairs.category;
  }
  if (column.isPairs && column.pairs.gap.some((one) => one !== null)) {
    const equal = (meta.gaps.length - 1) / 2;
    const name = (gap) => (gap > equal ? "chosen longer" : gap < equal ? "chosen shorter" : "equal");
    found.length = column.pairs.gap.map((gap) => (gap === null ? null : name(gap)));
  }
  return found;
});

/** Which units lie in a part and a window; null where the part is known from records only. */
const maskOf = remembering("mask", (column, view) => {
  const mask = new Uint8Array(column.units).fill(1);
  if (view.part) {
    const [name, value] = splitOnce(view.part, "=");
    const values = slices(column)[name];
    if (!values) return null;
    values.forEach((one, u) => {
      if (one !== value) mask[u] = 0;
    });
  }
  if (isWindow(column, view)) {
    for (let u = 0; u < column.units; u += 1) {
      const day = column.released[problemOf(column, u)];
      const month = day.slice(0, 7);
      if (!day || (view.from && month < view.from) || (view.to && month > view.to)) mask[u] = 0;
    }
  }
  return mask;
});

const splitOnce = (text, mark) => {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + mark.length)];
};

const isWindow = (column, view) => column.released.length > 0 && Boolean(view.from || view.to);

/** Values summed by problem, over the units of a mask that have one. */
function bySum(column, values, mask) {
  const sums = new Float64Array(column.problems.length);
  const counts = new Float64Array(column.problems.length);
  for (let u = 0; u < values.length; u += 1) {
    if (mask[u] && !Number.isNaN(values[u])) {
      const place = problemOf(column, u);
      sums[place] += values[u];
      counts[place] += 1;
    }
  }
  const kept = [];
  counts.forEach((count, place) => count && kept.push(place));
  return { places: kept, sums: kept.map((p) => sums[p]), counts: kept.map((p) => counts[p]) };
}

/** A row's score, or null where it has none: never a number in place of a missing one. */
const score = remembering("score", (column, row, view) => {
  const key = view.part ? `${view.metric}/${view.part}` : view.metric;
  const told = row.estimates[key] ?? null;
  const mask = maskOf(column, view);
  const observed = mask && column.units ? observe(column, row, view.metric) : null;
  if (!observed) return isWindow(column, view) ? null : told;
  const { sums, counts } = bySum(column, observed.values, mask);
  if (!sums.length) return null;
  const n = observed.n.reduce((total, one, u) => (mask[u] ? total + one : total), 0);
  const counted = clusteredWilson(sums, counts, n);
  const same = told && Math.abs(told.value - counted.value) < 1e-9;
  return same && !isWindow(column, view) ? told : counted;
});

/**
 * How much of a part and window a row has: units with a verdict, of how many; our failures.
 * Without a window, the share is of the benchmark and not of the problems that some run here has.
 */
const coverage = remembering("coverage", (column, row, view) => {
  const mask = maskOf(column, view);
  if (!mask || !column.units) {
    return { have: null, of: null, share: row.record.coverage, harness: row.record.counts.harness_error ?? 0 };
  }
  const tally = tallies(column, row);
  let [of, have, harness] = [0, 0, 0];
  for (let u = 0; u < column.units; u += 1) {
    if (!mask[u]) continue;
    of += 1;
    harness += tally.harness[u];
    if (tally.n[u]) have += 1;
  }
  const here = of ? have / of : 0;
  const share = isWindow(column, view) ? here : Math.min(here, row.record.coverage);
  return { have, of, share, harness };
});

/** Differences a - b by problem over the units both have: for intervals, tests and flips. */
function differences(column, a, b, view) {
  const mask = maskOf(column, view);
  const [one, other] = [observe(column, a, view.metric), observe(column, b, view.metric)];
  if (!mask || !one || !other) return null;
  const values = one.values.map((value, u) => value - other.values[u]);
  return bySum(column, values, mask);
}

/** The differences of two rows that are not 0, summed by problem: what the test looks at. */
function flipped(column, mask, one, other) {
  const found = [];
  let last = -1;
  for (let u = 0; u < mask.length; u += 1) {
    const by = one[u] - other[u];
    if (!mask[u] || !by || Number.isNaN(by)) continue;
    const place = problemOf(column, u); // pairs stand in the order of their problems
    if (place === last) found[found.length - 1] += by;
    else found.push(by);
    last = place;
  }
  return found;
}

/** The rank of each row (null: unranked): 1 + how many are better beyond chance. See the docs. */
const ranks = remembering("ranks", (column, view) => {
  const found = column.rows.map(() => null);
  const ranked = column.rows.filter(
    (row) =>
      observe(column, row, view.metric) &&
      maskOf(column, view) &&
      coverage(column, row, view).share >= meta.ranked_coverage &&
      score(column, row, view),
  );
  const pairs = [];
  ranked.forEach((a, i) => ranked.slice(i + 1).forEach((b) => pairs.push([a, b])));
  const mask = maskOf(column, view);
  const values = new Map(ranked.map((row) => [row, observe(column, row, view.metric).values]));
  const tested = pairs.map(([a, b]) => flipped(column, mask, values.get(a), values.get(b)));
  const adjusted = holm(tested.map((sums) => (sums.length ? signFlipP(sums) : 1)));
  ranked.forEach((row) => {
    found[row.index] = 1;
  });
  pairs.forEach(([a, b], i) => {
    if (adjusted[i] < meta.alpha) found[sum(tested[i]) > 0 ? b.index : a.index] += 1;
  });
  return found;
});

/** Problems of the window that came out on or before the model's stated cut-off. */
function exposed(column, row, view) {
  if (!row.info.cutoff || !column.released.length) return 0;
  const mask = maskOf(column, { ...view, part: "" });
  const seen = new Set();
  for (let u = 0; u < column.units; u += 1) {
    const day = column.released[problemOf(column, u)];
    if (mask[u] && day && day <= row.info.cutoff) seen.add(problemOf(column, u));
  }
  return seen.size;
}
