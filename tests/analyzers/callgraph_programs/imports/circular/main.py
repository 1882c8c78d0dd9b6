import parent

parent.make().child()
