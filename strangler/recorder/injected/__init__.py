"""What goes into the processes of a recorded command; standard library only, any Python from 3.8 on."""
