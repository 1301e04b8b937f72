// What the reader chose, kept in the page's address so that a link brings it all back.
// A script before this one says what there is to choose: DEFAULTS, each choice with its first value.

const CHOICES = { ...DEFAULTS, theme: "" };
const THEMES = ["light", "dark"];
const state = { ...CHOICES };
const listeners = [];

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const [key, value] of Object.entries(CHOICES)) state[key] = given.get(key) ?? value;
}

/** The address of the page as it is with some changes. */
function addressOf(changes = {}) {
  const told = new URLSearchParams();
  const wanted = { ...state, ...changes };
  for (const [key, value] of Object.entries(CHOICES)) {
    if (wanted[key] !== value) told.set(key, wanted[key]);
  }
  const hash = told.toString();
  return hash ? `#${hash}` : location.pathname + location.search;
}

function writeAddress() {
  try {
    history.replaceState(null, "", addressOf());
  } catch {
    // a viewer that gives the page no address of its own: links are then of no use there
  }
}

/** Change what is chosen, remember it in the address, and draw anew what depends on it. */
function choose(changes) {
  Object.assign(state, changes);
  writeAddress();
  for (const listener of listeners) listener(changes);
}

function drawTheme() {
  byId("theme").value = state.theme;
  if (THEMES.includes(state.theme)) document.documentElement.dataset.theme = state.theme;
  else delete document.documentElement.dataset.theme;
}

/** Begin with what the address says; `draw` is called with the changes from then on (null: any). */
function startState(draw) {
  readAddress();
  drawTheme();
  listeners.push(drawTheme, draw);
  onChange("theme", (theme) => choose({ theme }));
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address holds what is chosen, not a place on the page
    document.querySelector(event.target.hash).focus();
  });
  addEventListener("hashchange", () => {
    readAddress();
    for (const listener of listeners) listener(null);
  });
}
