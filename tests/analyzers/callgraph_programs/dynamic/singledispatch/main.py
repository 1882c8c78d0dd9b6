from functools import singledispatch


@singledispatch
def render(value):
    return "object"


@render.register
def render_int(value: int):
    return "int"


@render.register(str)
def render_str(value):
    return "str"


render(1)
render("a")
render(None)
