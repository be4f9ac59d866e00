# The manager link is down, and calls still ask: who cannot be watched is judged by the fail mode.
ask
fail-mode domestic
fail-mode open globex
price 44 uk 0.40 60/60
price 39 italy 0.01 1/1

10:00:00 asking
10:00:01 down
10:00:02 channel a PJSIP/101-01 account=acme
10:00:02.001 ask a 00441234567
  > tell a: refuse, guard.gone
  > save leg a/hod4ur5lrc4o7 acme/101 +441234567 uk: deny ringing, ended 10:00:02.001, 0.00 for 0 s
10:00:02.002 ask a 0612345678
  > tell a: allow for 15m0s
10:00:02.003 ask a 112
  > tell a: allow for 0s
10:00:02.004 end a
10:00:03 channel b PJSIP/201-02 account=globex
10:00:03.001 ask b 00441234567 limit=10m
  > tell b: allow for 15m0s
10:00:03.500 verdict-failed b
  > save incident admission.late unknown/pbx: Asterisk did not take a verdict, so the dialplan decided by its fail mode: 404 [judge when it dials]
10:00:04 up
  > no flags below block
  > no flags below closed
  > no flags below fail_mode
  > flag fail_mode/globex = open
# Once a leg has its own limit, the caller goes back to that of the dialplan.
10:00:05 ask b 00441234567 limit=10m
  > tell b: allow for 15m0s
10:00:05.010 channel b1 PJSIP/carrier-04 linked=b
10:00:05.011 dial b b1 00441234567
  > limit b1 to 15m0s
  > limit b to 9m59.989s
  > save leg b1 globex/201 +441234567 uk: allow ringing
10:00:06 end b1
  > save leg b1 globex/201 +441234567 uk: allow ringing, ended 10:00:06, 0.00 for 0 s
10:00:06.001 end b
# A call that asked and does not dial is let go of after half a minute.
10:00:10 channel c PJSIP/202-05 account=globex
10:00:10.001 ask c 00441234567
  > tell c: allow for 15m0s
  10:00:40.001 tick
  > limit c to 0s
10:02:00 end c
