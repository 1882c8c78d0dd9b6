def charge():
    return 1


pay = charge
settle = pay
settle()
