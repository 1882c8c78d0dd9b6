"""Work that runs apart from the request that starts it: threads, event loops, job queues, after a commit."""
