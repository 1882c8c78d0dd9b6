def red():
    return 1


def blue():
    return 2


warm = {"red": red}
cold = {"blue": blue}
palette = {**warm, **cold}
palette["red"]()
both = warm | cold
both["blue"]()
