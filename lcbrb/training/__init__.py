"""Trainers for what the rest of the project measures: reward models, and policies by them."""
