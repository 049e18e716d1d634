import os

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from clinic import environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

application = get_wsgi_application()

if environment.flag("GINTI_WARM_PDF"):
    import_string(
        "billing.pdf.warm_up_soon"
    )()  # each worker, in the background: no user waits for the first bill
