#!/bin/sh
# Makes the two secrets that Asterisk and fraudguard share, once; puts them into Asterisk's
# configuration; and starts Asterisk.
set -eu

snippets=/usr/local/share/fraudguard
secrets=/etc/fraudguard
guard=10001 # the group of fraudguard in its own container
umask 027

for name in ami ari; do
	if [ ! -s "$secrets/$name.secret" ]; then
		od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > "$secrets/$name.secret"
	fi
	chown "0:$guard" "$secrets" "$secrets/$name.secret"
done
chmod 0750 "$secrets"

sed "s/CHANGE-ME/$(cat "$secrets/ami.secret")/" "$snippets/manager.conf" > /etc/asterisk/manager.d/fraudguard.conf
{
	cat /etc/asterisk/ari.conf.debian
	sed "s/CHANGE-ME/$(cat "$secrets/ari.secret")/" "$snippets/ari.conf"
} > /etc/asterisk/ari.conf
chown -R asterisk:asterisk /etc/asterisk
install -d -o asterisk -g asterisk /run/asterisk

exec asterisk -f -U asterisk -G asterisk
