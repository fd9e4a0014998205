# Two stages, because durable-rules comes as C source only: the compiler stays in the first.
FROM python:3.11-slim AS build
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends gcc libc6-dev >/dev/null \
 && rm -rf /var/lib/apt/lists/*
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# The build tools have a virtual environment of their own, so that neither they nor pip get into the image.
COPY requirements-build.txt requirements.txt ./
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --quiet --require-hashes -r requirements-build.txt \
 && /opt/build/bin/pip wheel --quiet --no-build-isolation --require-hashes -r requirements.txt --wheel-dir /wheels
COPY pyproject.toml README.md LICENSE ./
COPY service service
COPY rulesets rulesets
RUN /opt/build/bin/pip wheel --quiet --no-build-isolation --no-deps --wheel-dir /wheels . \
 && python -m venv --without-pip /opt/venv \
 && /opt/build/bin/pip --quiet --python /opt/venv/bin/python install --no-index --no-deps /wheels/*.whl

FROM python:3.11-slim
# What draws the PDF of a packet: Pango, the cutter of fonts, and one font. Their cache of fonts is made here, where it can be written.
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-dejavu-core >/dev/null \
 && fc-cache \
 && rm -rf /var/lib/apt/lists/*
LABEL org.opencontainers.image.title="spine-cds" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/venv /opt/venv
# The root file system may be mounted read-only: metrics go to shared memory, byte code is there already.
ENV PATH="/opt/venv/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PROMETHEUS_MULTIPROC_DIR=/dev/shm/spine-cds-metrics \
    PORT=8080
# Feedback and audit. Docker makes a writable volume of it even on a read-only root; elsewhere mount one, or set `none`.
RUN mkdir -p /var/lib/spine-cds && chown 10001:10001 /var/lib/spine-cds
ENV SPINE_CDS_DATABASE=sqlite:////var/lib/spine-cds/spine-cds.sqlite
VOLUME /var/lib/spine-cds
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]
# Listens inside the container only until SPINE_CDS_HOST=0.0.0.0 is given, which in turn asks for what says who may call
# (SPINE_CDS_ISSUERS or SPINE_CDS_MTLS_PROXIES): published as it is, it serves nobody rather than everybody.
CMD ["sh", "-c", "exec spine-cds serve --port \"$PORT\""]
