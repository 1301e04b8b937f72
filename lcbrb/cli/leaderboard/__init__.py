"""`lcbrb leaderboard`."""
