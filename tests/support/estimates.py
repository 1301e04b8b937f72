"""A record's estimates under short names."""


def by_name(estimates):
    """Those of a record, or of a JSON document's record, by what people read of their metric."""
    if isinstance(estimates, dict):
        return {str(metric): estimate for metric, estimate in estimates.items()}
    return {
        "/".join(
            [row["metric"], *(f"{name}={value}" for name, value in row["slices"].items())]
        ): row
        for row in estimates
    }
