// Data out of the page's own script elements. Nothing is fetched.

const meta = JSON.parse(document.getElementById("meta").textContent);

/** A deflated JSON value (zlib, base64), as `lcbrb.pages.packing.deflated` wrote it. */
async function inflate(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

const chunkCache = new Map();

/** The texts of one chunk, inflated once. */
function chunk(number) {
  if (!chunkCache.has(number)) {
    chunkCache.set(number, inflate(document.getElementById(`texts-${number}`).textContent));
  }
  return chunkCache.get(number);
}

/** All texts of a list of chunks, by the place they are about. */
async function textsOf(chunks) {
  const found = new Map();
  for (const items of await Promise.all(chunks.map(chunk))) {
    for (const item of items) found.set(String(item.at), item);
  }
  return found;
}

/** Hang the verdicts onto the columns of `meta`, and give each row its model. */
async function loadVerdicts() {
  const data = await inflate(document.getElementById("verdicts").textContent);
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
      doubts: column.doubts[r],
      cache: new Map(),
    }));
  });
}
