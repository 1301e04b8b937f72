"""What every offline page shares: packing of data, and scripts that show it."""
