def wash():
    return 1


def dry():
    return 2


for step in [wash, dry]:
    step()
