import plugins

plugins.hook = print


def custom():
    return 1


plugins.transform = custom
plugins.run()
