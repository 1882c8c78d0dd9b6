def on_open():
    return 1


def on_close():
    return 2


events = {}
events["open"] = on_open
events["close"] = on_close
events["open"]()
