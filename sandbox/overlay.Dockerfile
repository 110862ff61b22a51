# Our runtime laid over an image that a repository names. Nothing of it takes the place of what the image has: its own
# Node, if there is one, stays the one that tools find.
ARG DECKHAND_BASE
ARG ROOT
FROM ${DECKHAND_BASE} AS base
FROM ${ROOT}
USER root
SHELL ["/bin/sh", "-c"]
COPY --from=base /opt/deckhand /opt/deckhand
COPY --from=base /usr/local/bin/node /opt/deckhand/node
COPY --from=base /usr/lib/*-linux-gnu/libatomic.so.1* /usr/lib/*-linux-gnu/libstdc++.so.6* /usr/lib/*-linux-gnu/libgcc_s.so.1 /opt/deckhand/lib/
COPY --from=base /etc/ssl/certs/ca-certificates.crt /opt/deckhand/ca-certificates.crt
COPY --from=base /usr/local/share/ca-certificates/deckhand /opt/deckhand/certificates
RUN sh /opt/deckhand/overlay.sh
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
    CURL_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt \
    GIT_SSL_CAINFO=/etc/ssl/certs/ca-certificates.crt \
    NPM_CONFIG_CAFILE=/etc/ssl/certs/ca-certificates.crt \
    HOME=/work/home \
    PATH=/work/home/.local/bin:/work/home/.npm-global/bin:${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin} \
    NPM_CONFIG_PREFIX=/work/home/.npm-global \
    NPM_CONFIG_UPDATE_NOTIFIER=false \
    PIP_BREAK_SYSTEM_PACKAGES=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    LANG=C.UTF-8 \
    TERM=dumb \
    PAGER=cat \
    GIT_PAGER=cat \
    GIT_EDITOR=true \
    GIT_TERMINAL_PROMPT=0
