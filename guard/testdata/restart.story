# The guard is gone for a while. Legs that it left live are taken up again with their answer time;
# one that ended in the dark is charged up to the last moment at which it may have lived.
cap */* cost_per_day 5.00
price 4490 uk-premium 3.00 60/60

10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 channel a1 PJSIP/carrier-02 linked=a
10:00:00.002 dial a a1 00449001111
  > limit a1 to 59.8s
  > save leg a1 acme/101 +449001111 uk-premium: allow ringing
10:00:01 answer a1
  > save leg a1 acme/101 +449001111 uk-premium: allow answered 10:00:01
10:00:02 channel b PJSIP/102-03 account=acme
10:00:02.001 channel b1 PJSIP/carrier-04 linked=b
10:00:02.002 dial b b1 00449002222
  > limit b1 to 59.8s
  > save leg b1 acme/102 +449002222 uk-premium: allow ringing
10:00:03 answer b1
  > save leg b1 acme/102 +449002222 uk-premium: allow answered 10:00:03
10:00:30 restart
10:00:31 up
  > no flags below block
  > no flags below closed
  > no flags below fail_mode
10:00:31.100 list a1
  > limit a1 to 29.7s
  > save leg a1 acme/101 +449001111 uk-premium: allow answered 10:00:01
  10:00:33.1 tick
  > save leg b1 acme/102 +449002222 uk-premium: allow answered 10:00:03, ended 10:00:31.1, 3.00 for 60 s, estimated
  > save charge b1 acme/102 2026-11-21: 3.00 for 60 s
10:00:40 ledger
  > ledger acme/101 2026-11-21 cost 3.00, 60 s, 1 calls, 1 attempts
  > ledger acme/102 2026-11-21 cost 3.00, 60 s, 1 calls, 1 attempts
  > ledger acme/101 2026-11 cost 3.00, 60 s, 1 calls, 1 attempts
  > ledger acme/102 2026-11 cost 3.00, 60 s, 1 calls, 1 attempts
10:00:50 end a1
  > save leg a1 acme/101 +449001111 uk-premium: allow answered 10:00:01, ended 10:00:50, 3.00 for 60 s
  > save charge a1 acme/101 2026-11-21: 3.00 for 60 s
# The last event of b1 comes late, behind the record that closed it: it changes nothing.
10:00:51 end b1
10:01:00 ledger
  > ledger acme/101 2026-11-21 cost 3.00, 60 s, 1 calls, 1 attempts
  > ledger acme/102 2026-11-21 cost 3.00, 60 s, 1 calls, 1 attempts
  > ledger acme/101 2026-11 cost 3.00, 60 s, 1 calls, 1 attempts
  > ledger acme/102 2026-11 cost 3.00, 60 s, 1 calls, 1 attempts
