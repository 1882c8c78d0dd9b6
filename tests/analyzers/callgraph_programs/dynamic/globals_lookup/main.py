def task_clean():
    return 1


def task_build():
    return 2


globals()["task_clean"]()
