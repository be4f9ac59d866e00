# Asterisk 22 from Debian sid, with a user for fraudguard. See docker-compose.yml.
FROM debian:sid
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends asterisk \
 && rm -rf /var/lib/apt/lists/* \
 && cp /etc/asterisk/ari.conf /etc/asterisk/ari.conf.debian \
 && printf '[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = 8088\n' > /etc/asterisk/http.conf \
 && printf '[general]\nenabled = yes\n' > /etc/asterisk/cdr_manager.conf
COPY packaging/manager.conf packaging/ari.conf /usr/local/share/fraudguard/
COPY --chmod=0755 packaging/docker/asterisk.sh /usr/local/bin/start-asterisk
CMD ["start-asterisk"]
