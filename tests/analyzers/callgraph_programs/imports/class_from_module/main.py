from models import User
import models

user = User("ada")
user.save()
models.User.all()
