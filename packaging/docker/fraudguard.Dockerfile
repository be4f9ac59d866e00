# fraudguard, built from this checkout. See docker-compose.yml.
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -o /fraudguard ./cmd/fraudguard

FROM debian:stable-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 fraudguard \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin fraudguard \
 && install -d -m 0750 -o fraudguard -g fraudguard /run/fraudguard /var/lib/fraudguard
COPY --from=build /fraudguard /usr/local/bin/fraudguard
USER fraudguard
CMD ["fraudguard", "run", "--config", "/config/fraudguard.toml"]
