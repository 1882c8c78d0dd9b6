def run():
    from lazy import heavy

    return heavy()


run()
