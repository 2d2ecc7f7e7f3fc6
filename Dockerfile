# One image for every role; laid out as a server without containers is: sources and environment in /opt/mainsight.

FROM node:24.11.1-slim AS console
WORKDIR /opt/mainsight/console
COPY console/package.json console/package-lock.json console/.npmrc ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY console ./
RUN npm run --silent build


FROM python:3.11.14-slim-bookworm AS environment
WORKDIR /opt/mainsight
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 URLLIB3_NO_OVERRIDE=1
RUN python -m venv .venv
COPY requirements/build.txt requirements/run.txt requirements/
# As scripts/setup does: what builds comes first, and urllib3-future from its source, since its wheel takes urllib3's place.
RUN .venv/bin/python -m pip install --quiet --require-hashes -r requirements/build.txt \
    && .venv/bin/python -m pip install --quiet --no-build-isolation --no-binary urllib3-future --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY api api
COPY collector collector
COPY dashboards dashboards
COPY forecast forecast
COPY mainsight mainsight
RUN .venv/bin/python -m pip install --quiet --no-build-isolation --no-deps -e . \
    && .venv/bin/python -m pip uninstall --quiet --yes pip setuptools hatchling editables \
    && .venv/bin/python -m compileall -q api collector dashboards forecast mainsight


FROM python:3.11.14-slim-bookworm
# lightgbm's library wants OpenMP's.
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/mainsight --create-home --shell /usr/sbin/nologin mainsight
COPY --from=environment /opt/mainsight /opt/mainsight
COPY --from=console /opt/mainsight/api/static /opt/mainsight/api/static
COPY docs/runbooks /opt/mainsight/docs/runbooks
COPY registry /opt/mainsight/registry
COPY scripts/health.py /opt/mainsight/scripts/
ENV PATH=/opt/mainsight/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /var/lib/mainsight
USER mainsight
ENTRYPOINT ["mainsight"]
