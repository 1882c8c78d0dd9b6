"""``python -m reviews_service --port 8100``"""

import argparse

import uvicorn


def main() -> None:
    parser = argparse.ArgumentParser(prog="reviews_service", description="Serve the reviews.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100)
    options = parser.parse_args()
    uvicorn.run(
        "reviews_service.app:create_app",
        factory=True,
        host=options.host,
        port=options.port,
        log_level="warning",
        proxy_headers=False,
    )


main()
