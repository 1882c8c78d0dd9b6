class Application:
    def __init__(self):
        self.routes = []

    def route(self, path):
        def decorate(view):
            self.routes.append(view)
            return view

        return decorate

    def dispatch(self):
        for view in self.routes:
            view()


app = Application()


@app.route("/")
def home():
    return "home"


@app.route("/about")
def about():
    return "about"


app.dispatch()
