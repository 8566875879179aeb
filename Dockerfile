# The service as an image: no tool to build or install with is left in it, and nothing runs as root.
#   docker build --tag toprelatie .
# For a build that can be repeated to the byte, name the base by its digest:
#   docker build --build-arg BASE=python@sha256:... --tag toprelatie .
ARG BASE=python:3.12-slim-trixie

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY requirements.lock requirements.runtime.lock ./
# What the service needs at run time alone, by hash, in an environment without pip. Below it, what
# builds our wheel, pinned by the lock of all tools.
RUN python -m venv --without-pip /opt/toprelatie \
 && pip --python /opt/toprelatie/bin/python install --no-compile --require-hashes -r requirements.runtime.lock
RUN awk '/^[^ #]/ { kept = /^setuptools==/ } kept' requirements.lock > build.lock \
 && pip install --require-hashes -r build.lock
COPY . .
RUN pip wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir /wheels . \
 && pip --python /opt/toprelatie/bin/python install --no-compile --no-deps --no-index /wheels/*.whl \
 && /opt/toprelatie/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/toprelatie/lib

FROM ${BASE}
LABEL org.opencontainers.image.title="Toprelatie" \
      org.opencontainers.image.description="Consultative-selling KPIs computed from a CRM and shown inside it." \
      org.opencontainers.image.licenses="Apache-2.0"
RUN python -m pip uninstall --quiet --yes --root-user-action ignore pip \
 && groupadd --gid 10001 toprelatie \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/toprelatie --shell /usr/sbin/nologin toprelatie \
 && install -d -m 700 -o 10001 -g 10001 /var/lib/toprelatie
COPY --from=build /opt/toprelatie /opt/toprelatie
# The mapping that the configuration names when it names none; put your own beside config.yaml.
COPY mappings/hubspot.yaml /etc/toprelatie/mappings/hubspot.yaml
COPY config.example.yaml /etc/toprelatie/config.example.yaml
ENV PATH="/opt/toprelatie/bin:${PATH}" \
    TOPRELATIE_CONFIG=/etc/toprelatie/config.yaml \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/toprelatie
VOLUME /var/lib/toprelatie
EXPOSE 8044
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8044, timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["toprelatie"]
CMD ["serve"]
