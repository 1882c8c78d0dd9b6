def base():
    return 1


outer = lambda: (lambda: base())
outer()()
