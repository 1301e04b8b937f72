// Data out of the page's own script elements. Nothing is fetched.

const meta = JSON.parse(document.getElementById("meta").textContent);

/** Something by its key, computed once and remembered in a map. */
function cached(cache, key, compute) {
  if (!cache.has(key)) cache.set(key, compute());
  return cache.get(key);
}

/** A deflated JSON value (zlib, base64), as `lcbrb.pages.packing.deflated` wrote it. */
async function inflate(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

const unpacked = new Map();

/** The packed value of a name, inflated once. */
const unpack = (name) => cached(unpacked, name, () => inflate(document.getElementById(name).textContent));
