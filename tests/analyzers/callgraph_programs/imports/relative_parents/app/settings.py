def debug():
    return True
