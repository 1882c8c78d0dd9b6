"""What a project needs of others, and whether it is still new: the packages of the monolith and of its services."""
