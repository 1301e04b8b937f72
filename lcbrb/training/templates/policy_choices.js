// Which runs are shown: their places, with dots between; nothing: the first ones.
const DEFAULTS = { runs: "" };
