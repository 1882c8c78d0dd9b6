"""What the analysis knows about frameworks and libraries: one module or package for each."""
