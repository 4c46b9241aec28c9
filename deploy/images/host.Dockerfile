# syntax=docker/dockerfile:1
# The image of a program that was built on this machine: what Tilt uses while a service is being written, because a debug
# binary is there seconds after a change. The machine's C library must not be newer than that of the base (Debian 12).
FROM gcr.io/distroless/cc-debian12:nonroot
ARG SERVICE
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title=$SERVICE \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.licenses=Apache-2.0
COPY $SERVICE /service
USER 65532:65532
ENTRYPOINT ["/service"]
