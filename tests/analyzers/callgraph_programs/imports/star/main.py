from toolbox import *

hammer()
level()
