class Job:
    def run(self):
        return 1


stack = [Job()]
stack.pop().run()
