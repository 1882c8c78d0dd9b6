def public(function):
    function.is_public = True
    return function


@public
def index():
    return page()


def page():
    return ""


index()
