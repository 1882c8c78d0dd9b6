class Machine:
    def start(self):
        return "started"

    def stop(self):
        return "stopped"

    transitions = {"start": start, "stop": stop}

    def fire(self, name):
        return self.transitions[name](self)


machine = Machine()
machine.fire("start")
machine.fire("stop")
