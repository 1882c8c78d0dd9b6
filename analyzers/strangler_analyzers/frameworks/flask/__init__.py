"""Flask: applications, blueprints, views, Flask-RESTful and its relatives, command line commands, RQ jobs."""
