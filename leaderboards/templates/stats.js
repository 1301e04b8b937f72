// Statistics over what the reader chose: by formula, as a bootstrap in the page would be slow, and no
// draw of Python's could be had again. The board has them here alone. What the commands compute as well
// (McNemar's test, Holm's method, pass@k) is held to lcbrb.stats by a test, the rest to SciPy and to
// simulations. Clusters are problems.

const Z = 1.959963984540054; // of a 95% interval
const ROUNDING = 1e-12;
const ENUMERATED = 12;

const sum = (values) => {
  let total = 0;
  let lost = 0; // compensated, as Python's fsum is exact
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
};

function wilsonBounds(share, n) {
  const z2 = Z * Z;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const spread = z2 * ((share * (1 - share)) / n + z2 / (4 * n * n));
  const half = Math.sqrt(spread) / (1 + z2 / n);
  return [
    Math.max(0, Math.min(centre - half, share)),
    Math.min(1, Math.max(centre + half, share)),
  ];
}

/** Student's t by its expansion about the normal (Abramowitz & Stegun 26.7.5). */
function studentT(freedom) {
  const z = Z;
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  const g4 = (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160;
  return z + g1 / freedom + g2 / freedom ** 2 + g3 / freedom ** 3 + g4 / freedom ** 4;
}

/**
 * A share of clustered observations with a Wilson interval on the effective sample size.
 *
 * The share is the ratio of summed values (in [0, 1]) to summed counts. The design effect is its cluster-robust
 * (CR1) variance over the variance that n independent observations would have; Wilson's interval takes
 * n / design effect in place of n, at most n, corrected for few clusters by (t(n - 1) / t(G - 1)) ** 2 (Korn &
 * Graubard 1998, with Wilson's interval in place of the exact one as in Franco et al. 2019). With one 0/1
 * observation a cluster it is the plain Wilson interval; clusters that all agree get Wilson's over clusters.
 */
function clusteredWilson(sums, counts, n) {
  const groups = sums.length;
  const total = sum(counts);
  const value = Math.min(1, sum(sums) / total);
  const told = { value, low: null, high: null, n, clusters: groups };
  if (groups < 2) return { ...told, method: "none: fewer than 2 clusters" };
  const means = sums.map((one, g) => one / counts[g]);
  let least = Infinity;
  let most = -Infinity;
  for (const mean of means) {
    least = Math.min(least, mean);
    most = Math.max(most, mean);
  }
  if (most - least <= ROUNDING) {
    const [low, high] = wilsonBounds(value, groups);
    return { ...told, low, high, method: "wilson over clusters: no variation" };
  }
  const squares = sum(sums.map((one, g) => (one - value * counts[g]) ** 2));
  const variance = ((groups / (groups - 1)) * squares) / total ** 2;
  let effective = Math.min(n, (n * value * (1 - value)) / (n - 1) / variance);
  effective *= (studentT(n - 1) / studentT(groups - 1)) ** 2;
  const [low, high] = wilsonBounds(value, effective);
  return { ...told, low, high, method: "wilson, clustered" };
}

/**
 * A paired difference of shares with an adjusted Wald interval. Two clusters of average size are added,
 * one in which all went one subject's way and one in which all went the other's, and the interval is the
 * usual one about the mean of these G + 2 (Bonett & Price 2012, exactly theirs with one 0/1 observation
 * of each subject a cluster). So it has a width even where no cluster differs; `value` is the plain difference.
 */
function adjustedDifference(sums, counts, n) {
  const groups = sums.length;
  const total = sum(counts);
  const value = sum(sums) / total;
  const told = { value, low: null, high: null, n, clusters: groups };
  if (groups < 2) return { ...told, method: "none: fewer than 2 clusters" };
  const size = total / groups;
  const whole = total + 2 * size;
  const centre = sum(sums) / whole;
  const squares = sums.map((one, g) => (one - centre * counts[g]) ** 2);
  squares.push((size - centre * size) ** 2, (-size - centre * size) ** 2);
  const half = Z * Math.sqrt(sum(squares) / whole ** 2);
  return {
    ...told,
    low: Math.max(-1, Math.min(centre - half, value)),
    high: Math.min(1, Math.max(centre + half, value)),
    method: "adjusted Wald, clustered",
  };
}

const logFactorials = [0];
function logFactorial(n) {
  for (let i = logFactorials.length; i <= n; i += 1) {
    logFactorials.push(logFactorials[i - 1] + Math.log(i));
  }
  return logFactorials[n];
}

/** McNemar's exact test: a two-sided binomial test of 1/2. */
function mcnemar(onlyA, onlyB) {
  const n = onlyA + onlyB;
  const fewer = Math.min(onlyA, onlyB);
  const logAll = logFactorial(n) - n * Math.LN2;
  let tail = 0;
  for (let i = 0; i <= fewer; i += 1) {
    tail += Math.exp(logAll - logFactorial(i) - logFactorial(n - i));
  }
  return Math.min(1, 2 * tail);
}

/** erfc for x >= 0: the series of erf where it is quick, else the continued fraction. */
function erfc(x) {
  if (x < 2) {
    let term = x;
    let total = x;
    for (let k = 1; Math.abs(term) > 1e-17 * total; k += 1) {
      term *= (-x * x) / k;
      total += term / (2 * k + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * total;
  }
  let fraction = 0;
  for (let k = 80; k > 0; k -= 1) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

/**
 * Two-sided p of paired differences, summed by cluster, under sign flips of whole clusters: if two subjects are
 * alike, each sum might as well have had the other sign (Fisher 1935). Sums of -1, 0 and 1 alone are McNemar's exact
 * test; up to 12 clusters that differ are enumerated; beyond that the total is taken as normal with variance
 * sum(d ** 2), its exact variance under flips.
 */
function signFlipP(sums) {
  let scale = 0;
  for (const one of sums) scale = Math.max(scale, Math.abs(one));
  const differing = sums.filter((one) => Math.abs(one) > ROUNDING * scale);
  if (!differing.length) return 1;
  let [onlyA, coins, size, squares] = [0, true, 0, 0];
  for (const one of differing) {
    const by = Math.abs(one);
    if (one > 0) onlyA += 1;
    if (by !== 1) coins = false;
    size += by;
    squares += one * one;
  }
  if (coins) return mcnemar(onlyA, differing.length - onlyA);
  const observed = Math.abs(sum(differing));
  if (differing.length > ENUMERATED) return erfc(observed / Math.sqrt(2 * squares));
  return patternsAtLeast(differing, observed - ROUNDING * size) / 2 ** differing.length;
}

/** How many sign patterns give a total at least as far from 0. */
function patternsAtLeast(differing, least) {
  let extreme = 0;
  for (let pattern = 0; pattern < 2 ** differing.length; pattern += 1) {
    let total = 0;
    differing.forEach((one, m) => {
      total += (pattern >> m) & 1 ? one : -one;
    });
    if (Math.abs(total) >= least) extreme += 1;
  }
  return extreme;
}

/** p values, adjusted for their number by Holm's step-down method, in the order given. */
function holm(pValues) {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a] - pValues[b]);
  const adjusted = new Array(pValues.length);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[index]));
    adjusted[index] = largest;
  });
  return adjusted;
}

/** The unbiased estimate 1 - C(n - c, k) / C(n, k). */
function passAtK(n, c, k) {
  if (n - c < k) return 1;
  let failing = 1;
  for (let i = n - c + 1; i <= n; i += 1) failing *= 1 - k / i;
  return 1 - failing;
}
