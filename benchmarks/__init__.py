"""Measurements that a person runs; figures go into README.md."""
