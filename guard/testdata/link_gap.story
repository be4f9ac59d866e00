# Events are missed. A leg whose answer was missed is charged from its beginning; one whose end was
# missed is closed by the list, unless its end comes late, behind the list.
price 44 uk 0.60 1/1

10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 channel a1 PJSIP/carrier-02 linked=a
10:00:00.002 dial a a1 00441112222
  > limit a1 to 15m0s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:00.003 channel b PJSIP/102-03 account=acme
10:00:00.004 channel b1 PJSIP/carrier-04 linked=b
10:00:00.005 dial b b1 00441112222
  > limit b1 to 15m0s
  > save leg b1 acme/102 +441112222 uk: allow ringing
10:00:00.006 channel c PJSIP/103-05 account=acme
10:00:00.007 channel c1 PJSIP/carrier-06 linked=c
10:00:00.008 dial c c1 00441112222
  > limit c1 to 15m0s
  > save leg c1 acme/103 +441112222 uk: allow ringing
10:00:01 answer b1
  > save leg b1 acme/102 +441112222 uk: allow answered 10:00:01
10:00:01 answer c1
  > save leg c1 acme/103 +441112222 uk: allow answered 10:00:01
10:00:02 down
10:00:20 up
  > no flags below block
  > no flags below closed
  > no flags below fail_mode
10:00:20.100 list a a1:up
  > limit a1 to 15m0s
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01, estimated
10:00:20.200 end c1
  > save leg c1 acme/103 +441112222 uk: allow answered 10:00:01, ended 10:00:20.2, 0.20 for 20 s
  > save charge c1 acme/103 2026-11-21: 0.20 for 20 s
  10:00:22.1 tick
  > save leg b1 acme/102 +441112222 uk: allow answered 10:00:01, ended 10:00:20.1, 0.20 for 20 s, estimated
  > save charge b1 acme/102 2026-11-21: 0.20 for 20 s
10:00:30 end a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01, ended 10:00:30, 0.29 for 29 s, estimated
  > save charge a1 acme/101 2026-11-21: 0.29 for 29 s
10:00:31 ledger
  > ledger acme/101 2026-11-21 cost 0.29, 29 s, 1 calls, 1 attempts
  > ledger acme/102 2026-11-21 cost 0.20, 20 s, 1 calls, 1 attempts
  > ledger acme/103 2026-11-21 cost 0.20, 20 s, 1 calls, 1 attempts
  > ledger acme/101 2026-11 cost 0.29, 29 s, 1 calls, 1 attempts
  > ledger acme/102 2026-11 cost 0.20, 20 s, 1 calls, 1 attempts
  > ledger acme/103 2026-11 cost 0.20, 20 s, 1 calls, 1 attempts
