"""FastAPI and Starlette: applications, routers, mounts, middleware, dependencies, lifespans, background tasks."""
