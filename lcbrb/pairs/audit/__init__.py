"""What a set of pairs gives away: shortcuts, doubtful labels, dates, overlaps, and its size.

`lcbrb.audit_pairs` puts it together; docs/pairs-audit.md says what each figure means and why the
limits are what they are.
"""
