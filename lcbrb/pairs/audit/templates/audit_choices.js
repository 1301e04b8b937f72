// The page has nothing to choose but its colours.
const DEFAULTS = {};
