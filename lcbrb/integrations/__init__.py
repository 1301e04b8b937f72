"""Our graders where people work already: one thin file for each framework (docs/integrations.md).

A framework's own package is imported in its file alone, so the others work without it.
"""
