class Stack:
    def push(self, value):
        return value


stack = Stack()
Stack.push(stack, 1)
