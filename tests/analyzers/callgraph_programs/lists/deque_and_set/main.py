from collections import deque


class Task:
    def run(self):
        return 1


tasks = deque()
tasks.append(Task())
tasks.popleft().run()
pending = set()
pending.add(Task())
for task in pending:
    task.run()
