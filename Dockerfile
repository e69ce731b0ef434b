# A static binary on an empty base, as an unprivileged user.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -tags nomsgpack,nostandins -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /plaza . \
 && mkdir -p /data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /plaza /plaza
COPY --from=build --chown=65532:65532 /data /data
ENV PLAZA_DATA=/data PLAZA_ADDR=:8080
VOLUME /data
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/plaza", "health"]
ENTRYPOINT ["/plaza"]
CMD ["serve"]
