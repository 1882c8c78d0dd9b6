def report():
    def header():
        return "h"

    def body():
        return header() + footer()

    def footer():
        return "f"

    return body()


report()
