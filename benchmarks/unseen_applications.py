"""The applications that `benchmarks.unseen` installs, and what each needs to start."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Unseen:
    """An application, and what its environment and its start need."""

    requirement: str
    package: str
    """The folder that is analysed, which is also the package whose routes and tables count.

    Several with commas between them are analysed as one program: all that the wheel holds.
    """
    kind: str
    """``django``, ``flask`` or ``starlette``."""
    start: str = ""
    """Python that leaves the application in `app`; of Django the module of settings, or its text with newlines."""
    pins: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict[str, str])
    files: dict[str, str] = field(default_factory=dict[str, str])
    """Files in the folder it starts in."""

    @property
    def name(self) -> str:
        """The distribution, without its extras."""
        return self.requirement.partition("==")[0].partition("[")[0]


def _installed(urls: str, *apps: str) -> str:
    """Settings of a project that has only installed `apps` and serves `urls`."""
    contrib = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles", "sites", "humanize")
    installed = [*(f"django.contrib.{name}" for name in contrib), *apps]
    return "\n".join(
        (
            "SECRET_KEY = 'x'",
            "SITE_ID = 1",
            "USE_TZ = True",
            "STATIC_URL = '/static/'",
            "DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'",
            "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}",
            f"INSTALLED_APPS = {list(dict.fromkeys(installed))!r}",
            f"ROOT_URLCONF = {urls!r}",
            "MIDDLEWARE = ['allauth.account.middleware.AccountMiddleware']" if "allauth" in apps else "",
            "HELPDESK_TEAMS_MODE_ENABLED = False",
            "HAYSTACK_CONNECTIONS = {'default': {'ENGINE': 'haystack.backends.simple_backend.SimpleEngine'}}",
        )
    )


_WAGTAIL = (
    *(f"wagtail.contrib.{name}" for name in ("forms", "redirects", "sitemaps")),
    *(f"wagtail.{name}" for name in ("embeds", "sites", "users", "snippets", "documents", "images", "search", "admin")),
    "wagtail", "modelcluster", "taggit",
)  # fmt: skip

UNSEEN = (
    Unseen(
        "ephios==0.27.1", "ephios", "django", "ephios.settings",
        environment={
            "DEBUG": "True", "ALLOWED_HOSTS": "*", "SECRET_KEY": "x", "DATABASE_URL": "sqlite:///ephios.sqlite3",
            "DATA_DIR": "data", "SITE_URL": "http://localhost", "DEFAULT_FROM_EMAIL": "x@localhost",
            "SERVER_EMAIL": "x@localhost", "ADMINS": "x <x@localhost>", "EMAIL_URL": "dummymail://",
        },
    ),
    Unseen(
        "pulpcore==3.123.1", "pulpcore", "django", "pulpcore.app.settings",
        environment={"PULP_DB_ENCRYPTION_KEY": "fields.key", "PULP_CONTENT_ORIGIN": "http://localhost"},
        files={"fields.key": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="},
    ),
    Unseen(
        "django-helpdesk==2.6.1", "helpdesk", "django",
        _installed("helpdesk.urls", "rest_framework", "bootstrap4form", "helpdesk"),
        pins=("django-bootstrap4-form", "packaging"),
    ),
    Unseen(
        "hyperkitty==1.3.12", "hyperkitty", "django",
        _installed(
            "hyperkitty.urls", "rest_framework", "allauth", "allauth.account", "allauth.socialaccount",
            "django_mailman3", "django_gravatar", "haystack", "hyperkitty",
        ),
    ),
    Unseen("django-ledger==0.8.5", "django_ledger", "django", _installed("django_ledger.urls", "django_ledger")),
    Unseen(
        "wiki==0.13.0", "wiki", "django",
        _installed(
            "wiki.urls", "mptt", "sekizai", "sorl.thumbnail", "django_nyt", "wiki", "wiki.plugins.attachments",
            "wiki.plugins.notifications", "wiki.plugins.images", "wiki.plugins.macros", "wiki.plugins.links",
        ),
    ),
    Unseen(
        "bugsink==2.6.2",
        "alerts,api,bsmain,bugsink,compat,ee,events,files,ingest,issues,performance,phonehome,projects,releases,sentry,"
        "sentry_sdk_extensions,snappea,tags,teams,theme,users",
        "django", "bugsink.settings.development",
    ),
    Unseen(
        "tomtoolkit==3.1.0",
        "tom_alerts,tom_base,tom_calendar,tom_catalogs,tom_common,tom_dataproducts,tom_dataservices,tom_observations,"
        "tom_setup,tom_targets",
        "django", "tom_base.settings",
    ),
    Unseen(
        "juntagrico==2.0.10", "juntagrico", "django",
        _installed(
            "juntagrico.urls", "juntagrico", "import_export", "impersonate", "crispy_forms", "crispy_bootstrap4",
            "adminsortable2", "polymorphic", "django_select2", "djrichtextfield",
        ),
    ),
    Unseen(
        "argus-server==2.10.2", "argus", "django",
        "from argus.htmx.settings import *\nMEDIA_PLUGINS = []\nSECRET_KEY = 'x'\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}",
    ),
    Unseen("ara[server]==1.8.0", "ara", "django", "ara.server.settings"),
    Unseen(
        "postorius==1.3.13", "postorius", "django",
        _installed(
            "postorius.urls", "allauth", "allauth.account", "allauth.socialaccount", "django_mailman3",
            "django_gravatar", "postorius",
        )
        + "\nMAILMAN_REST_API_URL = 'http://localhost'\nMAILMAN_REST_API_USER = 'x'\nMAILMAN_REST_API_PASS = 'x'",
    ),
    Unseen(
        "coderedcms==6.0.0", "coderedcms", "django",
        _installed(
            "coderedcms.urls",
            *(f"wagtail.contrib.{name}" for name in ("forms", "redirects", "settings", "table_block")),
            *(f"wagtail.{name}" for name in ("embeds", "sites", "users", "snippets", "documents", "images", "search")),
            "wagtail", "wagtail.admin", "modelcluster", "taggit", "django_bootstrap5", "wagtailcache", "wagtailseo",
            "coderedcms",
        )
        + "\nWAGTAIL_SITE_NAME = 'x'\nWAGTAILADMIN_BASE_URL = 'http://x'\nBASE_DIR = '.'",
    ),
    Unseen(
        "nemo==8.1.5", "NEMO", "django",
        _installed(
            "NEMO.urls", "NEMO", "rest_framework", "django_filters", "mptt", "auditlog", "NEMO.apps.kiosk",
            "NEMO.apps.area_access",
        )
        + "\nAUTH_USER_MODEL = 'NEMO.User'\nMEDIA_ROOT = 'media'\nSTATIC_ROOT = 'static'\n"
        "LOGOUT_REDIRECT_URL = None\nALLOW_CONDITIONAL_URLS = True\nROOT = '.'",
    ),
    Unseen(
        "openwisp-radius==1.3.3", "openwisp_radius", "django",
        _installed(
            "openwisp_radius.urls", "openwisp_radius", "openwisp_users", "openwisp_users.accounts", "openwisp_utils",
            "openwisp_utils.admin_theme", "allauth", "allauth.account", "allauth.socialaccount", "rest_framework",
            "rest_framework.authtoken", "dj_rest_auth", "dj_rest_auth.registration", "organizations",
            "private_storage", "phonenumber_field", "drf_yasg", "django_filters",
        )
        + "\nAUTH_USER_MODEL = 'openwisp_users.User'\nPRIVATE_STORAGE_ROOT = 'p'\nMEDIA_ROOT = 'm'",
    ),
    Unseen(
        "blazar==18.0.0", "blazar", "flask",
        "from oslo_config import cfg\nimport blazar.manager.service, blazar.db.sqlalchemy.models\n"
        "from blazar.api.v1 import app as made\ncfg.CONF([], project='blazar')\n"
        "made.auth_token.filter_factory = lambda settings: lambda app: app\napp = made.make_app()",
    ),
    Unseen(
        "kadi==1.11.0", "kadi", "flask",
        "import os; os.environ['KADI_CONFIG_FILE'] = os.path.abspath('storage.cfg')\n"
        "from kadi.app import create_app; app = create_app('testing')",
        files={"storage.cfg": "STORAGE_PATH = '/tmp'\n"},
    ),
    Unseen(
        "flask-monitoringdashboard==5.1.0", "flask_monitoringdashboard", "flask",
        "from flask import Flask; app = Flask('x')\nimport flask_monitoringdashboard as board; board.bind(app)",
    ),
    Unseen(
        "arize-phoenix==20.26.1", "phoenix", "starlette",
        "from pydantic import SecretStr; from sqlalchemy.engine import make_url\n"
        "from phoenix.db.engines import aio_sqlite_engine; from phoenix.server.app import _db, create_app\n"
        "from phoenix.server.types import DbSessionFactory\n"
        "engine = aio_sqlite_engine(make_url('sqlite+aiosqlite:///:memory:'), migrate=False)\n"
        "sessions = DbSessionFactory(db=_db(engine), dialect='sqlite')\n"
        "app = create_app(sessions, authentication_enabled=True, secret=SecretStr('x' * 40), serve_ui=False)",
    ),
    Unseen(
        "fief-server==0.27.0", "fief", "starlette", "from fief.app import app",
        environment={
            "SECRET": "x" * 32, "FIEF_CLIENT_ID": "x", "FIEF_CLIENT_SECRET": "x", "ENVIRONMENT": "development",
            "ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        },
    ),
    Unseen("autogenstudio==0.4.2.2", "autogenstudio", "starlette", "from autogenstudio.web.app import app"),
    Unseen(
        "alerta-server==9.1.0", "alerta", "flask",
        "import alerta.app as made; made.db.init_db = lambda app: None; app = made.create_app()",
        pins=("psycopg2-binary",), environment={"DATABASE_URL": "postgres://localhost/x"},
    ),
    Unseen(
        "faradaysec==5.25.2", "faraday", "flask",
        "from faraday.server.app import create_app\n"
        "app = create_app(db_connection_string='postgresql://x', testing=True)",
    ),
    Unseen(
        "rucio==41.5.1", "rucio", "flask",
        "from rucio.web.rest.flaskapi.v1.main import application as app; import rucio.db.sqla.models",
        pins=("flask", "oauthlib", "pyoidc", "qrcode"), environment={"RUCIO_CONFIG": "rucio.cfg"},
        files={
            "rucio.cfg": "[database]\ndefault = sqlite:///x.db\n[common]\nlogdir = .\nloglevel = INFO\n[api]\n"
            "[accounts]\nspecial_accounts = x\n",
        },
    ),
    Unseen(
        "tiled[server]==0.2.20", "tiled", "starlette",
        "from tiled.catalog import in_memory; from tiled.server.app import build_app; app = build_app(in_memory())",
        environment={"TILED_SINGLE_USER_API_KEY": "x"},
    ),
    Unseen("aim==3.29.1", "aim", "starlette", "from aim.web.api import create_app; app = create_app()"),
    Unseen(
        "fittrackee==1.3.6", "fittrackee", "flask",
        "from fittrackee import create_app; app = create_app(init_email=False)",
        environment={"UI_URL": "http://x", "APP_SECRET_KEY": "x", "DATABASE_URL": "sqlite://"},
    ),
    Unseen("ihatemoney==7.2.1", "ihatemoney", "flask", "from ihatemoney.run import create_app; app = create_app()"),
    Unseen(
        "privacyidea==3.14", "privacyidea", "flask",
        "from privacyidea.app import create_app; app = create_app('testing', silent=True)",
    ),
    Unseen(
        "asreview==3.0.8", "asreview", "flask", "from asreview.webapp.app import create_app; app = create_app()",
    ),
    Unseen(
        "mwdb-core==2.20.0", "mwdb", "flask", "from mwdb.app import app",
        environment={"MWDB_ENABLE_SSDEEP": "0", "MWDB_POSTGRES_URI": "postgresql://x", "MWDB_SECRET_KEY": "x"},
    ),
    Unseen(
        "lnbits==1.6.2", "lnbits", "starlette",
        "import os, lnbits; os.chdir(os.path.dirname(os.path.dirname(lnbits.__file__)))\n"
        "from lnbits.app import create_app, init_core_routers\napp = create_app(); init_core_routers(app)",
        pins=("bitstring<4.2",),
    ),
    Unseen(
        "argilla-server==2.8.0", "argilla_server", "starlette",
        "from argilla_server._app import create_server_app; app = create_server_app()",
    ),
    Unseen(
        "quetz-server==0.10.4", "quetz", "starlette", "from quetz.main import app",
        pins=("fastapi<0.110", "starlette<0.37", "sqlalchemy<2.1"),
        environment={"QUETZ_SQLALCHEMY_DATABASE_URL": "sqlite://", "QUETZ_SESSION_SECRET": "x"},
    ),
    Unseen("dstack[server]==0.22.5", "dstack", "starlette", "from dstack._internal.server.main import app"),
    Unseen(
        "apache-airflow-core==3.3.2", "airflow", "starlette",
        "from airflow.api_fastapi.app import create_app; app = create_app()",
    ),
    Unseen("zenml[server]==0.98.0", "zenml", "starlette", "from zenml.zen_server.zen_server_api import app"),
    Unseen(
        "langflow-base==1.13.0", "langflow", "starlette",
        "from langflow.main import create_app; app = create_app()",
    ),
    Unseen(
        "django-ca==3.2.0", "django_ca", "django",
        _installed("django_ca.urls", "django_object_actions", "ninja", "django_ca") + "\nCA_ENABLE_REST_API = True\n"
        "FILES = {'BACKEND': 'django.core.files.storage.FileSystemStorage', 'OPTIONS': {'location': 'x'}}\n"
        "STATIC = {'BACKEND': 'django.contrib.staticfiles.storage.StaticFilesStorage'}\n"
        "STORAGES = {'django-ca': FILES, 'default': FILES, 'staticfiles': STATIC}",
        pins=("django-ninja",),
    ),
    Unseen("wooey==0.14.1", "wooey", "django", _installed("wooey.urls", "wooey"), pins=("django<5",)),
    Unseen(
        "canaille[captcha,fido,front,oidc,otp,scim,server,sms,sqlite]==0.3.6", "canaille", "flask",
        "import canaille.backends.sql.models.core, canaille.backends.sql.models.oidc; from canaille import create_app\n"
        "sql = {'DATABASE_URI': 'sqlite://'}\n"
        "app = create_app(config={'SECRET_KEY': 'x', 'SERVER_NAME': 'localhost', 'CANAILLE_SQL': sql})",
    ),
    Unseen(
        "flexget==3.22.8", "flexget", "flask",
        "import flexget.options, flexget.plugin; flexget.plugin.load_plugins()\n"
        "import flexget.api.core; from flexget.api.app import api_app as app",
    ),
    Unseen(
        "fractal-server==2.18.5", "fractal_server", "starlette",
        "from fractal_server.main import start_application; app = start_application()",
        environment={
            "JWT_SECRET_KEY": "x" * 32, "POSTGRES_DB": "x", "POSTGRES_HOST": "localhost",
            "FRACTAL_RUNNER_BACKEND": "local", "FRACTAL_DATA_AUTH_TOKEN": "x",
        },
    ),
    Unseen(
        "mcp-contextforge-gateway==1.0.7.post20260921", "mcpgateway", "starlette", "from mcpgateway.main import app",
        environment={
            "DATABASE_URL": "sqlite:///x.db", "MCPGATEWAY_UI_ENABLED": "true", "MCPGATEWAY_ADMIN_API_ENABLED": "true",
            "JWT_SECRET_KEY": "aZ3kLm9Qw7Xy2Bv5Nc8Td1Rf6Gh4Jp0sUeOiV",
            "AUTH_ENCRYPTION_SECRET": "pQ8sWd3Fg6Hj1Kl9Zx4Cv7Bn2Mq5Er0TyUiOa",
        },
    ),
    Unseen(
        "murfey[server]==0.27.5", "murfey", "starlette", "from murfey.server.main import app",
        environment={
            "MURFEY_SECURITY_CONFIGURATION": "s.yaml", "MURFEY_MACHINE_CONFIGURATION": "m.yaml", "BEAMLINE": "m01",
        },
        files={
            "s.yaml": "murfey_db_credentials: x\ncrypto_key: x\nauth_key: x\nrabbitmq_credentials: x\n"
            "auth_algorithm: HS256\nauth_url: ''\n",
            "m.yaml": "m01: {}\n",
        },
    ),
    Unseen(
        "django-oauth-toolkit==3.4.1", "oauth2_provider", "django",
        _installed("oauth2_provider.urls", "oauth2_provider"), pins=("djangorestframework",),
    ),
    Unseen(
        "dj-stripe==2.11.0", "djstripe", "django",
        _installed("djstripe.urls", "djstripe")
        + "\nDJSTRIPE_FOREIGN_KEY_TO_FIELD = 'id'\nSTRIPE_TEST_SECRET_KEY = 'sk_test_x'",
    ),
    Unseen(
        "puput==2.2.0", "puput", "django",
        _installed("puput.urls", *_WAGTAIL, "wagtail.contrib.routable_page", "wagtail.contrib.settings", "puput")
        + "\nWAGTAIL_SITE_NAME = 'x'\nPUPUT_AS_PLUGIN = True\nWAGTAILADMIN_BASE_URL = 'http://x'",
    ),
    Unseen(
        "wagtail-localize==1.14.5", "wagtail_localize", "django",
        _installed("below_urls", *_WAGTAIL, "wagtail_localize", "wagtail_localize.locales")
        + "\nWAGTAIL_SITE_NAME = 'x'\nWAGTAILADMIN_BASE_URL = 'http://x'\nWAGTAIL_I18N_ENABLED = True\n"
        "LANGUAGES = [('en', 'x')]\nWAGTAIL_CONTENT_LANGUAGES = LANGUAGES",
        files={
            "below_urls.py": "from django.urls import include, path\n"
            "urlpatterns = [path('admin/', include('wagtail.admin.urls'))]\n",
        },
    ),
    Unseen(
        "djangocms-blog==2.0.10", "djangocms_blog", "django",
        _installed(
            "djangocms_blog.urls", "cms", "menus", "treebeard", "sekizai", "filer", "easy_thumbnails",
            "aldryn_apphooks_config", "parler", "taggit", "taggit_autosuggest", "meta", "sortedm2m",
            "djangocms_text_ckeditor", "djangocms_blog",
        )
        + "\nLANGUAGES = [('en', 'x')]\nLANGUAGE_CODE = 'en'\nMETA_SITE_PROTOCOL = 'http'\nMETA_USE_SITES = True\n"
        "PARLER_LANGUAGES = {1: ({'code': 'en'},), 'default': {'fallbacks': ['en']}}\n"
        "CMS_LANGUAGES = {1: [{'code': 'en', 'name': 'x'}]}\nCMS_TEMPLATES = [('a.html', 'a')]\n"
        "CONTEXTS = ['django.template.context_processors.request', 'django.contrib.auth.context_processors.auth',\n"
        "    'sekizai.context_processors.sekizai', 'cms.context_processors.cms_settings']\n"
        "TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True,\n"
        "    'OPTIONS': {'context_processors': CONTEXTS}}]",
        pins=("setuptools<80",),
    ),
    Unseen(
        "supysonic==0.7.9", "supysonic", "flask",
        "from supysonic.config import DefaultConfig; DefaultConfig.BASE['database_uri'] = 'sqlite:///supysonic.db'\n"
        "from supysonic.web import create_application; app = create_application(DefaultConfig())",
    ),
    Unseen("scrapydweb==1.6.0", "scrapydweb", "flask", "from scrapydweb import create_app; app = create_app()"),
    Unseen(
        "kedro-viz==12.5.0", "kedro_viz", "starlette",
        "from pathlib import Path; from kedro_viz.api.apps import create_api_app_from_project\n"
        "app = create_api_app_from_project(Path('.'))",
    ),
    Unseen("anitya==2.3.0", "anitya", "flask", "from anitya.app import create; app = create()"),
    Unseen(
        "cornflow==1.3.8", "cornflow", "flask", "from cornflow.app import create_app; app = create_app('testing')",
        pins=("setuptools<80",),
    ),
    Unseen(
        "biweeklybudget==2.0.0", "biweeklybudget", "flask",
        "from biweeklybudget.flaskapp.app import app; import biweeklybudget.models",
        environment={"SETTINGS_MODULE": "own_settings"},
        files={
            "own_settings.py": "from biweeklybudget.settings_example import *\nDB_CONNSTRING = 'sqlite://'\n",
        },
    ),
    Unseen(
        "basic-memory==0.24.1", "basic_memory", "starlette",
        "from basic_memory.api.app import app; import basic_memory.models",
    ),
    Unseen(
        "letta[server]==0.15.1", "letta", "starlette",
        "from letta.server.rest_api.app import create_application; app = create_application(); import letta.orm",
        pins=("pydantic<2.12", "asyncpg", "aiosqlite", "sqlite-vec"),
    ),
    Unseen(
        "ethyca-fides==2.78.2", "fides", "starlette",
        "from contextlib import asynccontextmanager; from fides.api.app_setup import create_fides_app\n"
        "@asynccontextmanager\nasync def life(app):\n    yield\n"
        "app = create_fides_app(lifespan=life); import fides.api.db.base",
    ),
    Unseen(
        "doccano==1.8.4",
        "api,auto_labeling,config,data_export,data_import,examples,label_types,labels,metrics,projects,roles,social,users",
        "django",
        "import importlib.util, os, sys\n"
        "sys.path.insert(0, os.path.dirname(importlib.util.find_spec('backend').origin))\n"
        "from config.settings.development import *",
        pins=("marshmallow<4", "setuptools<80", "numpy<2"), environment={"DATABASE_URL": "sqlite:///x.db"},
    ),
    Unseen(
        "patchman==4.0.21",
        "arch,domains,errata,hosts,modules,operatingsystems,packages,patchman,reports,repos,security,util",
        "django", "patchman.settings",
    ),
    Unseen("gerapy==0.9.13", "gerapy", "django", "gerapy.server.server.settings", pins=("setuptools<80",)),
    Unseen(
        "openwisp-notifications==1.3", "openwisp_notifications", "django",
        _installed(
            "openwisp_notifications.urls", "openwisp_users", "openwisp_users.accounts", "allauth", "allauth.account",
            "allauth.socialaccount", "rest_framework", "rest_framework.authtoken", "django_filters", "organizations",
            "openwisp_utils", "openwisp_utils.admin_theme", "channels", "openwisp_notifications",
        )
        + "\nAUTH_USER_MODEL = 'openwisp_users.User'\nOPENWISP_NOTIFICATIONS_HOST = 'http://localhost'",
    ),
    Unseen(
        "formkit-ninja==7.1.1", "formkit_ninja", "django",
        _installed("formkit_ninja.urls", "pghistory", "pgtrigger", "ordered_model", "formkit_ninja")
        + "\nDATABASES['default']['ENGINE'] = 'django.db.backends.postgresql'",
        pins=("psycopg2-binary", "django-ordered-model"),
    ),
    Unseen("djaodjin-saas==1.3.1", "saas", "django", _installed("saas.urls", "rest_framework", "saas"), pins=("six",)),
    Unseen(
        "wagtail-grapple==0.31.0", "grapple", "django",
        _installed("grapple.urls", *_WAGTAIL, "graphene_django", "grapple")
        + "\nWAGTAIL_SITE_NAME = 'x'\nWAGTAILADMIN_BASE_URL = 'http://x'\nGRAPPLE = {'EXPOSE_GRAPHIQL': True}\n"
        "GRAPHENE = {'SCHEMA': 'grapple.schema.schema'}",
    ),
    Unseen(
        "wagtailmenus==4.2.0", "wagtailmenus", "django",
        _installed("below_urls", *_WAGTAIL, "wagtailmenus")
        + "\nWAGTAIL_SITE_NAME = 'x'\nWAGTAILADMIN_BASE_URL = 'http://x'",
        files={
            "below_urls.py": "from django.urls import include, path\n"
            "urlpatterns = [path('admin/', include('wagtail.admin.urls'))]\n",
        },
    ),
    Unseen(
        "tethys-platform==4.6.1",
        "tethys_apps,tethys_cli,tethys_components,tethys_compute,tethys_config,tethys_gizmos,tethys_layouts,"
        "tethys_portal,tethys_quotas,tethys_sdk,tethys_services,tethys_tenants,tethys_utils",
        "django", "tethys_portal.settings",
    ),
)  # fmt: skip
