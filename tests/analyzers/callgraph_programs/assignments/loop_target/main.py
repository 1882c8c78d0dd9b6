def monday():
    pass


def tuesday():
    pass


for day in (monday, tuesday):
    day()

for number, action in enumerate([monday]):
    action()
