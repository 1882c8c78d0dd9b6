def task():
    return 1


def after():
    return 2


task.callback = after
task()
task.callback()
