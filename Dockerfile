# Two images: --target manager is the operator, --target devicesim one simulated
# device. "make images" builds both.
#
# Each is one static program on a base without a shell. It runs as nobody in
# particular (65532), writes no file, and so needs no writable root file system.
#
# Nothing here needs BuildKit. Behind a mirror, set BUILD_IMAGE, BASE_IMAGE and
# GOPROXY; the base may be "scratch", too, as long as devices speak plain HTTP.
ARG BUILD_IMAGE=golang:1.26.8
ARG BASE_IMAGE=gcr.io/distroless/static:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
# Without a value they are what the build image has them be.
ARG GOPROXY
ARG GOSUMDB
# Dependencies, in a layer that only go.mod and go.sum can make old.
COPY go.mod go.sum ./
RUN go mod download
COPY cmd ./cmd
COPY devicesim ./devicesim
COPY harness/nearest ./harness/nearest
COPY operator ./operator
# BuildKit sets TARGETARCH from --platform; elsewhere it can be given as a build
# argument, together with a BASE_IMAGE of that architecture. Without it, the
# programs are built for the machine at hand.
ARG TARGETARCH
ARG VERSION
RUN CGO_ENABLED=0 GOARCH=${TARGETARCH} go build -trimpath -ldflags="-s -w -X main.release=${VERSION}" \
	-o /out/ ./cmd/manager ./cmd/devicesim

FROM ${BASE_IMAGE} AS devicesim
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="devicesim" \
	org.opencontainers.image.description="One simulated, unreliable device" \
	org.opencontainers.image.version="${VERSION}" \
	org.opencontainers.image.revision="${REVISION}" \
	org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out/devicesim /devicesim
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/devicesim"]

FROM ${BASE_IMAGE} AS manager
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="edge-device-operator" \
	org.opencontainers.image.description="Rolls images out to unreliable devices" \
	org.opencontainers.image.version="${VERSION}" \
	org.opencontainers.image.revision="${REVISION}" \
	org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out/manager /manager
USER 65532:65532
EXPOSE 8081
ENTRYPOINT ["/manager"]
