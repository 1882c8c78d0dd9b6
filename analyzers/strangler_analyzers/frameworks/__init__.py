"""What the analysis knows of each framework and library, one module or package each."""
