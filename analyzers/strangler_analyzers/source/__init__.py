"""Files on disk to syntax: discovery, parsing and the slim tree."""
