# Kith with its models inside: `docker build -t kith .`
# pip is set up by its usual variables, where it needs to be: --build-arg PIP_INDEX_URL=…, or PIP_EXTRA_INDEX_URL for an
# index that has the CPU build of torch: much smaller (docs/operations.md).
FROM python:3.11.13-slim-bookworm AS build
ARG PIP_INDEX_URL PIP_EXTRA_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/kith
WORKDIR /src
COPY constraints.txt pyproject.toml README.md ./
COPY kith ./kith
RUN /opt/kith/bin/pip install --constraint constraints.txt '.[dashboard,llm,servers]' \
    && find /opt/kith -name __pycache__ -prune -exec rm -rf {} +

FROM python:3.11.13-slim-bookworm
COPY --from=build /opt/kith /opt/kith
RUN useradd --uid 10001 --create-home --home-dir /data kith
ENV PATH=/opt/kith/bin:$PATH PYTHONUNBUFFERED=1 KITH_HOME=/data/kith
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000 8501
ENTRYPOINT ["kith"]
CMD ["serve"]
