class Command:
    def execute(self):
        return 1


Command().execute()
