"""Results of earlier analyses, kept on disk: the trees of files and the facts of the last run."""
