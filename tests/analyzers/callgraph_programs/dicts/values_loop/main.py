def wash():
    return 1


def dry():
    return 2


programs = {"wash": wash, "dry": dry}
for program in programs.values():
    program()
