"""Environments: interpreters with a benchmark's own libraries, beside this project's own.

A definition (`definition`) says what belongs into one and ships with the project; `create` makes
one from it; `store` knows where those that are whole lie, and gives their interpreter.
"""
