import importlib

shapes = importlib.import_module("shapes")
shapes.draw()
circle = getattr(importlib.import_module("shapes"), "Circle")
circle().area()
