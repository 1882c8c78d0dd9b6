from operator import methodcaller


class Job:
    def run(self):
        return 1


run = methodcaller("run")
run(Job())
