from .hand import *
from .measure import *
