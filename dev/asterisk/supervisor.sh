# Holds one Asterisk for the process that reads and writes our pipes.
#
#   $1  the root folder   $2  asterisk.conf, seen from inside the root
#   $3  the server's folder, seen from outside   fd 3  its lock, held by us alone
#
# "start" on standard input starts Asterisk and answers with its process id.
# End of input means that the starter is gone, by whatever death: the kernel
# closes pipes even after SIGKILL. Then Asterisk must go, and its folder too.
# setsid gives Asterisk a process group of its own, so that one kill takes its
# children as well.
trap "" PIPE
pid=
while read -r word; do
	[ "$word" = start ] || continue
	setsid chroot "$1" /usr/sbin/asterisk -f -C "$2" </dev/null >>"$3/console" 2>&1 3>&- &
	pid=$!
	echo "$pid"
done
if [ -n "$pid" ]; then
	kill -KILL "-$pid" 2>/dev/null
	kill -KILL "$pid" 2>/dev/null # where setsid has not run yet
fi
wait
rm -rf -- "$3"
