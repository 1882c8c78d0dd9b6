class Task:
    def run(self):
        return 1


class Timer:
    def stop(self):
        return 2


for task, timer in zip([Task()], [Timer()]):
    task.run()
    timer.stop()

for position, task in enumerate([Task()]):
    task.run()
