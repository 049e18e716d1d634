# One image for web, workers, beat and the preparation; docker-compose.yml says which is which.
FROM python:3.11-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1

# WeasyPrint draws bills with Pango; harfbuzz-subset makes fonts in them three times as fast.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app

# The environment is made as everywhere else, and only again when the lock changes.
COPY vendor vendor
COPY requirements requirements
COPY script script
RUN script/setup

COPY . .
ENV GINTI_STATIC=/app/collected
RUN .venv/bin/python -m compileall -q clinic packages visits billing desk
RUN SECRET_KEY=build DATABASE_URL=postgres://build@/build \
    .venv/bin/python manage.py collectstatic --no-input --verbosity 0

# Nothing in the image belongs to the account that runs it, so nothing in it can be changed.
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent ginti
USER ginti

ENV HOST=0.0.0.0 PORT=8000 GINTI_DATA=/tmp
EXPOSE 8000
ENTRYPOINT ["script/container"]
CMD ["web"]
