import helpers
from helpers import convert as to_text

helpers.prepare()
to_text(1)
