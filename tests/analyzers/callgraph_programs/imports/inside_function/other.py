def light():
    return 1
