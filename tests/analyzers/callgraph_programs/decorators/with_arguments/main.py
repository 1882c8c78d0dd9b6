def retry(times):
    def decorate(function):
        def attempt():
            for _ in range(times):
                function()

        return attempt

    return decorate


@retry(2)
def fetch():
    return None


fetch()
