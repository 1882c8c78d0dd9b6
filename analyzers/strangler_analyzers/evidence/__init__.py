"""Evidence about a system from logs and recorded runs, in addition to its source."""
