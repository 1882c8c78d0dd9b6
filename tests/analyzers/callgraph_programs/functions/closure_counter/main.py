def counter(on_change):
    count = 0

    def bump():
        nonlocal count
        count += 1
        on_change(count)

    return bump


def show(count):
    return count


bump = counter(show)
bump()
