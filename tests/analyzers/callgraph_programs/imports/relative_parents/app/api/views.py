from ..settings import debug
from ..core.render import render


def index():
    return render(debug())
