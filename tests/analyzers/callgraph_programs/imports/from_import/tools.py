def hammer():
    return 1
