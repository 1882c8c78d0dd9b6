def get():
    return 1


def post():
    return 2


ROUTES = {"/": {"GET": get}, "/new": {"POST": post}}
ROUTES["/"]["GET"]()
ROUTES["/new"]["POST"]()
