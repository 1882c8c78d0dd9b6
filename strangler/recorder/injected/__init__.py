"""The code injected into the processes of a recorded command; standard library only, Python 3.8 or later."""
