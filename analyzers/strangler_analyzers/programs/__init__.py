"""Programs that stand side by side in one folder and have nothing to do with each other."""
