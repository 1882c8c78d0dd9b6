def risky():
    return 1


def on_error():
    return 2


def on_success():
    return 3


def cleanup():
    return 4


def run():
    try:
        risky()
    except ValueError:
        on_error()
    else:
        on_success()
    finally:
        cleanup()


run()
