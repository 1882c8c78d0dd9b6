"""Evaluates the expressions of settings, URL confs and models to values, strings and lists."""
