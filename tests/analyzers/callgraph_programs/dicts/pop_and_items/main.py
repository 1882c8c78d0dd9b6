def job():
    return 1


def other():
    return 2


queue = {"job": job, "other": other}
queue.pop("job")()
queue.popitem()[1]()
