"""Best-of-n: reward models choosing among recorded samples."""
