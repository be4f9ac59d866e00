# Holds one PostgreSQL for the process that reads and writes our pipes.
#
#   $1  the root folder   $2  the server's folder, seen from inside the root
#   $3  the same, seen from outside   fd 3  its lock, held by us alone
#   the rest: settings of the server
#
# We are the first process of a PID and an IPC namespace of our own: whatever runs in it dies with us, and
# with it go the shared memory and the semaphores that a killed PostgreSQL leaves behind.
#
# "make" makes the data folder (without a sync: it is younger than the machine; the server itself does
# sync), "start" starts the server, "kill" kills it as a crash would; each is answered with one line. End of
# input means that the starter is gone, by whatever death: the kernel closes pipes even after SIGKILL. Then
# all of it must go, and the folder too.
trap "" PIPE
[ "$$" = 1 ] || exit 1 # what follows kills all processes that it can see
root=$1 inside=$2 outside=$3
shift 3
bin=$(cd "$root" && echo usr/lib/postgresql/*/bin)
as_postgres() { chroot --userspec=postgres:postgres "$root" "$@"; }
# A process that is dead but not waited for keeps its number, and a postmaster.pid that names it keeps the
# next server from starting. dash waits for any child while a command runs, not always in "wait".
end_all() {
	while kill -KILL -1 2>/dev/null; do
		wait
		sleep 0.01
	done
}
while read -r word; do
	case $word in
	make)
		if as_postgres "/$bin/initdb" --pgdata "$inside/data" --username postgres --encoding UTF8 --locale C.UTF-8 \
			--auth-local trust --auth-host scram-sha-256 --no-sync </dev/null >>"$outside/log" 2>&1 3>&-; then
			echo made
		else
			echo failed
		fi
		;;
	start)
		as_postgres "/$bin/postgres" -D "$inside/data" "$@" </dev/null >>"$outside/log" 2>&1 3>&- &
		echo started
		;;
	kill)
		end_all
		echo killed
		;;
	esac
done
end_all
rm -rf -- "$outside"
