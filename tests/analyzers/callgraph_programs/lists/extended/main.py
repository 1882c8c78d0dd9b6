def early():
    return 1


def late():
    return 2


hooks = [early]
hooks.extend([late])
hooks += [early]
for hook in hooks:
    hook()
