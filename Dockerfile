# Gateway, egress, operator and the command line in one image; which one it is, its arguments say:
# `serve gateway`, `serve egress`, `serve operator`, `serve single`. No guest code runs in it and no
# guest engine is in it: neither isolated-vm nor Deno.
#
#   docker build -t cofferdam .     from a checkout; needs npm's registry
#   npm run images                  on machines without an image registry
#
# Runs as user 65532 with a read-only root; the gateway needs a writable /data (COFFERDAM_DATA_DIR).
ARG BASE_IMAGE=debian:bookworm-20251229-slim
ARG BUILD_IMAGE=node:24.21.0-bookworm-slim

# What the image holds, laid out in /build/staged. `npm run images` has done so before the build.
FROM ${BUILD_IMAGE} AS build
ARG TARGETARCH
WORKDIR /build
COPY . .
RUN if [ -e package.json ]; then node scripts/stage-image.ts cofferdam --arch "$TARGETARCH" --output staged; fi

# Layers from the rarely to the often changed.
FROM ${BASE_IMAGE}
COPY --from=build /build/staged/bin/ /usr/local/bin/
COPY --from=build /build/staged/packages/ /app/
COPY --from=build /build/staged/sources/ /app/
WORKDIR /app
ENV NODE_DISABLE_COMPILE_CACHE=1
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="cofferdam" \
      org.opencontainers.image.description="Gateway, egress and operator of Cofferdam, which runs untrusted code" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      dev.cofferdam.version.node="24.21.0" \
      dev.cofferdam.version.v8="13.6.233.17-node.53"
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "/app/cli/bin/cofferdam.js"]
CMD ["help"]
