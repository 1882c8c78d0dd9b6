"""The admin API of a gateway: its orders, its status, and the client that gives orders to many gateways."""
