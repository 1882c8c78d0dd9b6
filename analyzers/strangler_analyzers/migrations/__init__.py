"""What the migrations of a monolith do to tables: the analysis of the code leaves them out, boundaries do not."""
