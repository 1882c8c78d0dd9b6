"""A workbench for taking services out of a Python monolith, one feature at a time."""
