"""From files on disk to syntax trees: discovery, parsing and the slim syntax tree."""
