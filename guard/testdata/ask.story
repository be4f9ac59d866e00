# Ask mode: a call asks before it dials, and its first increment is held until it does.
ask
cap */* cost_per_day 1.00
repeated_number 2 5m block 1h
price 44 uk 0.40 60/60
price 39 italy 0.01 1/1

10:00:00 asking
# Three calls at once find room for two: what is held counts, before anything has been dialled.
10:00:01 channel a PJSIP/101-01 account=acme exten=00441234567
10:00:01.001 channel b PJSIP/101-02 account=acme exten=00441234568
10:00:01.002 channel c PJSIP/101-03 account=acme exten=00441234569
10:00:01.003 ask a 00441234567
  > tell a: allow for 1m59.8s
10:00:01.004 ask b 00441234568
  > tell b: allow for 59.8s
10:00:01.005 ask c 00441234569
  > tell c: refuse, caps.extension.cost_per_day
  > save leg c/hod4uqk98o4o7 acme/101 +441234569 uk: deny ringing, ended 10:00:01.005, 0.00 for 0 s
  > save incident caps.extension.cost_per_day acme/101: acme/101 has spent 0.00 and holds 0.80 of its cap of 1.00 on the cost of a local day; the call needs 0.40 at once [refuse the call]
# One that was refused and dials all the same is hung up, and told of once.
10:00:01.006 channel c1 PJSIP/carrier-04 linked=c
10:00:01.007 dial c c1 00441234569
  > hang up c1 by ARI (refused)
  > limit c1 to 1s
  > save leg c1 acme/101 +441234569 uk: deny ringing
10:00:01.008 end c1
  > save leg c1 acme/101 +441234569 uk: deny ringing, ended 10:00:01.008, 0.00 for 0 s
# The leg takes the place of what is held, and the caller's own time limit goes.
10:00:01.010 channel a1 PJSIP/carrier-05 linked=a
10:00:01.011 dial a a1 00441234567
  > limit a1 to 59.8s
  > limit a to 0s
  > save leg a1 acme/101 +441234567 uk: allow ringing
# The second call never dials: what is held is given back with its end.
10:00:02 end b
  > limit a1 to 1m59.8s
  > save leg a1 acme/101 +441234567 uk: allow ringing
10:00:02.001 ask c 00441234569
  > tell c: allow for 59.8s
  > limit a1 to 59.8s
  > save leg a1 acme/101 +441234567 uk: allow ringing
10:00:03 end c
  > limit a1 to 1m59.8s
  > save leg a1 acme/101 +441234567 uk: allow ringing
10:00:04 answer a1
  > save leg a1 acme/101 +441234567 uk: allow answered 10:00:04
10:00:14 end a1
  > save leg a1 acme/101 +441234567 uk: allow answered 10:00:04, ended 10:00:14, 0.40 for 60 s
  > save charge a1 acme/101 2026-11-21: 0.40 for 60 s
10:00:14.100 end a
10:00:20 ledger
  > ledger acme/101 2026-11-21 cost 0.40, 60 s, 1 calls, 3 attempts
  > ledger acme/101 2026-11 cost 0.40, 60 s, 1 calls, 3 attempts
