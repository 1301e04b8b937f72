# A grader, judge and gate in a container, as an ordinary user; `docker build -t lcbrb .`
#
#   docker run --rm lcbrb doctor
#   docker run --rm -v "$PWD/runs:/home/lcbrb/runs" lcbrb bench --policy replay:mini --benchmark mini --out runs/mini
#
# Level B (Landlock and seccomp) needs no privilege, and a kernel of 5.13 or newer on x86-64. For level A let the container make
# namespaces: --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined
FROM python:3.11-slim
# which optional parts: "", hf, train, …
ARG EXTRAS=""
COPY . /src
RUN if [ -n "$EXTRAS" ]; then pip install --no-cache-dir -c /src/constraints.txt torch; fi \
    && pip install --no-cache-dir -c /src/constraints.txt "/src${EXTRAS:+[$EXTRAS]}" \
    && rm -rf /src \
    && useradd --create-home --uid 1000 lcbrb
USER lcbrb
WORKDIR /home/lcbrb
ENTRYPOINT ["lcbrb"]
CMD ["doctor"]
