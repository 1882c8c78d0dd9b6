class Report:
    def render(self):
        return ""

    def export(self):
        return ""


report = Report()
getattr(report, "render")()
action = getattr(report, "export", None)
action()
