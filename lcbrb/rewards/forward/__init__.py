"""How a transformer reads texts: packed as prefix trees, within a budget; heads on few rows."""
