"""One run of `strangler etl run`: who executes it, how fast it may be, and which rows it sets aside."""
