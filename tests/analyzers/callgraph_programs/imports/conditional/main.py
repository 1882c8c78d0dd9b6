import sys

if sys.version_info >= (3, 0):
    from modern import decode
else:
    from ancient import decode

decode("x")
