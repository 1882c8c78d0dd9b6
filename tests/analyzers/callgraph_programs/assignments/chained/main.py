def open_door():
    return 1


front = back = open_door
front()
back()
