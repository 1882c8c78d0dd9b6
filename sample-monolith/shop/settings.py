"""Settings of the shop. Everything a deployment changes comes from the environment."""

import os
from decimal import Decimal
from pathlib import Path

import dj_database_url

BASE_DIR = Path(__file__).resolve().parent.parent


def env_flag(name: str, default: bool) -> bool:
    return os.environ.get(name, str(int(default))).lower() in {"1", "true", "yes", "on"}


def env_list(name: str) -> list[str]:
    return [item for item in os.environ.get(name, "").split(",") if item]


# --- the process ------------------------------------------------------------------------------

SECRET_KEY = os.environ.get("SHOP_SECRET_KEY", "demo-only-not-a-secret-demo-only-not-a-secret")
DEBUG = env_flag("SHOP_DEBUG", False)
ALLOWED_HOSTS = env_list("SHOP_ALLOWED_HOSTS") or ["*"]
CSRF_TRUSTED_ORIGINS = env_list("SHOP_TRUSTED_ORIGINS")
USE_X_FORWARDED_HOST = env_flag("SHOP_BEHIND_PROXY", False)

ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "shop.catalog",
    "shop.customers",
    "shop.inventory",
    "shop.cart",
    "shop.orders",
    "shop.payments",
    "shop.shipping",
    "shop.reviews",
    "shop.notifications",
    "shop.reports",
    "shop.api",
]

MIDDLEWARE = [
    "shop.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "shop.middleware.MaintenanceModeMiddleware",
    "shop.middleware.CurrentCustomerMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "shop" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shop.context_processors.navigation",
                "shop.context_processors.features",
            ],
        },
    },
]

# --- the database -----------------------------------------------------------------------------

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{BASE_DIR / 'shop.sqlite3'}",
        conn_max_age=0 if DEBUG else 60,
        conn_health_checks=os.environ.get("DATABASE_URL", "").startswith("postgres"),
    )
}

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Several workers write to one file: readers must not block the writer (WAL), a second writer
    # waits for the first, and it waits at BEGIN, where waiting is still possible (IMMEDIATE).
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;"
            ),
        }
    )

# --- people -----------------------------------------------------------------------------------

LOGIN_URL = "customers:login"
LOGIN_REDIRECT_URL = "customers:profile"
LOGOUT_REDIRECT_URL = "home"

# MD5 is no way to keep passwords. It is here because this shop is a demonstration: thousands of
# seeded customers and a load generator that logs all of them in must not wait for PBKDF2.
# SHOP_STRONG_PASSWORDS=1 puts Django's default first; old hashes are upgraded at the next login.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if env_flag("SHOP_STRONG_PASSWORDS", False):
    PASSWORD_HASHERS.reverse()

SESSION_COOKIE_AGE = 60 * 60 * 24 * 14

# --- language, time, files --------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "shop" / "static"]
WHITENOISE_USE_FINDERS = True

# Per process: what one worker knows, the next one may not.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "shop.middleware.RequestIdFilter"}},
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s [%(request_id)s] %(name)s: %(message)s"}
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["stderr"], "level": os.environ.get("SHOP_LOG_LEVEL", "WARNING")},
}

# --- the outside world ------------------------------------------------------------------------

# Each provider is spoken to over HTTP. "fake:" answers inside the process, so that the shop runs
# and is tested without a network; set the URL to talk to a real one.
PROVIDERS = {
    "payments": {
        "url": os.environ.get("PAYMENT_PROVIDER_URL", "fake:"),
        "key": os.environ.get("PAYMENT_PROVIDER_KEY", "demo"),
        "fake": "shop.fakes.payment_provider",
    },
    "mail": {
        "url": os.environ.get("MAIL_PROVIDER_URL", "fake:"),
        "key": os.environ.get("MAIL_PROVIDER_KEY", "demo"),
        "fake": "shop.fakes.mail_provider",
    },
    "carrier": {
        "url": os.environ.get("CARRIER_URL", "fake:"),
        "key": os.environ.get("CARRIER_KEY", "demo"),
        "fake": "shop.fakes.carrier",
    },
}
PROVIDER_TIMEOUT_SECONDS = 5.0
PAYMENT_WEBHOOK_SECRET = os.environ.get("PAYMENT_WEBHOOK_SECRET", "whsec-demo")

# --- the business -----------------------------------------------------------------------------

SHOP_NAME = "Hedgerow & Lane"
SHOP_EMAIL = "shop@example.com"
CURRENCY = "EUR"
MAINTENANCE_MODE = env_flag("SHOP_MAINTENANCE", False)
PAGE_SIZE = 20
CART_LIFETIME_DAYS = 14
FREE_SHIPPING_FROM = Decimal("75.00")
LOYALTY_POINTS_PER_UNIT = Decimal("0.10")
LOYALTY_POINTS_PER_REVIEW = 5
LOW_STOCK_THRESHOLD = 5

# Defaults; a row of customers.FeatureFlag overrides the one of the same name.
FEATURES = {
    "reviews": True,
    "review_premoderation": False,
    "related_products": True,
    "loyalty": True,
    "express_checkout": False,
}
