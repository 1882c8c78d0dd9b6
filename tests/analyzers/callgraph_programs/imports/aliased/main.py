import tools as t
from tools import saw as cut

t.hammer()
cut()
