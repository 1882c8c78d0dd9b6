def one():
    return 1


def two():
    return 2


queue = []
queue.append(one)
queue.append(two)
for job in queue:
    job()
