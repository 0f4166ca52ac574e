# Airflow with the stages; one image for all of its services.
#   docker build -t florilegium:0.1.0 .
FROM python:3.11.7-slim-bookworm

# What people sign in with is an auth manager of Airflow. The image has the simple one (users and
# passwords from .env). For a directory of your own, build its provider in and name it in
# AIRFLOW__CORE__AUTH_MANAGER:
#   docker build --build-arg EXTRA_PACKAGES=apache-airflow-providers-fab==3.10.2 .
ARG EXTRA_PACKAGES=""
ARG TORCH=2.13.0
# A page or index with CPU wheels keeps 4 GB of CUDA out of the image, see README.
ARG PIP_FIND_LINKS=""
ARG PIP_INDEX_URL="https://pypi.org/simple"

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --uid 10001 --create-home florilegium
WORKDIR /opt/florilegium

COPY requirements.lock requirements.in ./
RUN pip install "torch==${TORCH}" \
 && pip install --no-deps --require-hashes -r requirements.lock \
 && if [ -n "${EXTRA_PACKAGES}" ]; then pip install ${EXTRA_PACKAGES} apache-airflow==3.3.2; fi

COPY pyproject.toml README.md LICENSE ./
COPY etl etl
COPY sql sql
COPY plugins plugins
COPY dags dags
COPY catalogues catalogues
COPY docker/entrypoint.sh docker/init.sh /usr/local/bin/
RUN pip install --no-deps --no-build-isolation -e . \
 && mkdir -p /var/lib/florilegium/store /var/lib/florilegium/logs /var/lib/florilegium/airflow \
 && chown -R florilegium /var/lib/florilegium

USER florilegium
ENV AIRFLOW_HOME=/var/lib/florilegium/airflow \
    PYTHONPATH=/opt/florilegium:/opt/florilegium/plugins
ENTRYPOINT ["entrypoint.sh"]
CMD ["airflow", "version"]
