def start():
    pass


def stop():
    pass


begin, end = start, stop
begin()
end()
