# A grader, judge and gate in a container, as an ordinary user: docs/install.md says how it is run,
# and which isolation there is inside
FROM python:3.11-slim AS wheel
COPY . /src
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheel /src

FROM python:3.11-slim
# a home in which any user may write: `docker run --user` takes the one whose folder is mounted
RUN useradd --create-home --uid 1000 lcbrb && chmod 1777 /home/lcbrb
ENV HOME=/home/lcbrb
# which optional parts: "", hf, train, serve, …
ARG EXTRAS=""
# what lcbrb needs, in a layer of its own, which stays as it is where only our code changes
WORKDIR /needs
COPY pyproject.toml constraints.txt ./
RUN mkdir lcbrb evaluators leaderboards \
    && touch README.md LICENSE lcbrb/__init__.py evaluators/__init__.py leaderboards/__init__.py \
    && echo '__version__ = "0"' > lcbrb/version.py \
    && pip install --no-cache-dir -c constraints.txt ".${EXTRAS:+[$EXTRAS]}" \
    && pip uninstall --yes lcbrb
COPY --from=wheel /wheel /wheel
RUN pip install --no-cache-dir --no-deps /wheel/*.whl
USER lcbrb
WORKDIR /home/lcbrb
# as Ctrl-C: what was done is kept
STOPSIGNAL SIGINT
ENTRYPOINT ["lcbrb"]
CMD ["doctor"]
