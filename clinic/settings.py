"""Settings of one installation. Every variable is described in README.md."""

from pathlib import Path

import structlog
from django.utils.translation import gettext_lazy as _

from . import environment as env
from . import logs

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = env.words("GINTI_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("GINTI_CSRF_ORIGINS")
SITE_URL = env.text("GINTI_URL", "http://localhost:8000").rstrip("/")

INSTALLED_APPS = [
    "clinic.tenancy",
    "clinic",
    "packages",
    "visits",
    "billing",
    "desk",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "anymail",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_structlog",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "clinic.metrics.MetricsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clinic.sessions.SessionAgeMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "clinic.middleware.AccessMiddleware",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "clinic.context_processors.shell",
            ],
            "builtins": ["clinic.templatetags.ui", "template_partials.templatetags.partials"],
        },
    }
]
FORM_RENDERER = "clinic.forms.GintiFormRenderer"

# Database: the web and the workers connect with a role that owns nothing (TENANCY: forced row-level security).
DATABASES = {
    "default": {
        "ENGINE": "clinic.tenancy.backend",
        **env.database(
            "DATABASE_OWNER_URL" if env.text("GINTI_DB_ROLE", "app") == "owner" else "DATABASE_URL"
        ),
        "CONN_MAX_AGE": env.number("GINTI_CONN_MAX_AGE", 600),
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": env.text("GINTI_TEST_DATABASE", "test_ginti")},
    }
}
CLINIC_PARTITIONS = env.number("CLINIC_PARTITIONS", 0)
CITUS = env.flag("CITUS")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The cache holds login limits only and lives in PostgreSQL: signing in must not depend on the broker.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}}

# People
AUTH_USER_MODEL = "clinic.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "clinics"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "clinic.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "clinic.accounts.SignupForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = env.text("GINTI_EMAIL_VERIFICATION", "optional")
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
MFA_TOTP_ISSUER = "Ginti"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
USERSESSIONS_TRACK_ACTIVITY = False
# The limits on signing in count by address; behind a proxy the address is the one that the proxy wrote.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.flag("GINTI_BEHIND_PROXY") else 0

# Sessions and cookies
_SECURE = not (DEBUG or env.flag("GINTI_INSECURE_COOKIES"))
SESSION_ENGINE = "clinic.session_store"
SESSION_COOKIE_AGE = 12 * 60 * 60  # in all, however busy
SESSION_IDLE_SECONDS = 30 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_NAME = "__Host-session" if _SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _SECURE else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "clinic.views.errors.csrf_failure"
METRICS_TOKEN = env.text("GINTI_METRICS_TOKEN", "")
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# What the browser may do
SECURE_SSL_REDIRECT = _SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("GINTI_BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# Static files
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.text("GINTI_STATIC", str(BASE_DIR / "var" / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "clinic.static_files.GintiStaticFilesStorage"
    },
}

# Languages and time: moments are stored in UTC, days come from the clinic's zone.
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-in"
LANGUAGES = [("en-in", _("English")), ("hi", _("Hindi"))]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "libraries"]  # the first wins
FORMAT_MODULE_PATH = ["clinic.formats"]
LANGUAGE_COOKIE_NAME = "language"

# E-mail
EMAIL_BACKEND = env.text("GINTI_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.text("GINTI_SMTP_HOST", "localhost")
EMAIL_PORT = env.number("GINTI_SMTP_PORT", 25)
EMAIL_HOST_USER = env.text("GINTI_SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.text("GINTI_SMTP_PASSWORD", "")
EMAIL_USE_TLS = env.flag("GINTI_SMTP_TLS")
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = env.text("GINTI_MAIL_FOLDER", "")  # where the backend that writes files puts them
# A provider's API by django-anymail: GINTI_EMAIL_BACKEND names its backend, and this is what it asks for, as JSON.
ANYMAIL = {"REQUESTS_TIMEOUT": EMAIL_TIMEOUT} | env.mapping("GINTI_ANYMAIL")
DEFAULT_FROM_EMAIL = env.text("GINTI_FROM_EMAIL", "Ginti <ginti@localhost>")

# Online payments
RAZORPAY_URL = env.text("GINTI_RAZORPAY_URL", "https://api.razorpay.com").rstrip("/")

# Messages by WhatsApp, and by SMS through a provider whose address the clinic gives
WHATSAPP_URL = env.text("GINTI_WHATSAPP_URL", "https://graph.facebook.com").rstrip("/")
ALLOW_PRIVATE_PROVIDERS = env.flag("GINTI_ALLOW_PRIVATE_PROVIDERS")

# Celery: a black-holed broker must never hold anything up for long.
CELERY_BROKER_URL = env.text("REDIS_URL", "redis://localhost:6379/0")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 1}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Who sends messages waits for others nearly all the time, and has a worker of its own (clinic.messages.tasks).
CELERY_TASK_ROUTES = {"clinic.messages.tasks.*": {"queue": "messages"}}
CELERY_BEAT_SCHEDULE = {
    "send-messages": {"task": "clinic.messages.tasks.sweep", "schedule": 60.0, "options": {"expires": 55}},
    "print-bills": {"task": "billing.tasks.sweep", "schedule": 60.0, "options": {"expires": 55}},
    "lapse-packages": {"task": "packages.tasks.lapse_everywhere", "schedule": 900.0},
    "give-back-closed-days": {"task": "visits.tasks.give_back_everywhere", "schedule": 900.0},
    "renew-memberships": {"task": "desk.tasks.renew_everywhere", "schedule": 900.0},
    "count-months": {"task": "packages.tasks.count_months_everywhere", "schedule": 3600.0},
    "send-nudges": {"task": "packages.tasks.nudge_everywhere", "schedule": 900.0},
    "ask-provider": {"task": "desk.gateway.tasks.sweep", "schedule": 60.0, "options": {"expires": 55}},
    "remind-of-visits": {"task": "visits.tasks.remind_everywhere", "schedule": 900.0},
    "mail-owners": {"task": "packages.tasks.mail_owners_everywhere", "schedule": 900.0},
    "send-letters-to-staff": {
        "task": "clinic.staff.tasks.send_letters_everywhere",
        "schedule": 300.0,
        "options": {"expires": 280},
    },
    "remind-of-instalments": {"task": "desk.tasks.remind_everywhere", "schedule": 900.0},
}

# Logs: one JSON object a line; plain sentences while developing.
logs.configure()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": logs.json_renderer,
            "foreign_pre_chain": logs.FOREIGN,
        },
        "plain": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.dev.ConsoleRenderer(colors=False),
            "foreign_pre_chain": logs.FOREIGN,
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain" if DEBUG else "json"}},
    # They tell the address of every question, and in a provider's there may be a number, a text and a patient's link.
    "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}},
    "root": {"handlers": ["console"], "level": env.text("GINTI_LOG_LEVEL", "WARNING")},
}
