"""Forecasts of open periods, in a job of their own."""
