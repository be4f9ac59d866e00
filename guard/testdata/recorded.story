# What Asterisk's own records say of legs that ended while nobody watched. The record of a comes in time, and
# the leg ends by it; that of b comes when it was charged by an estimate already, and corrects that; c was not
# answered. The record of e, which nobody saw, is charged once; that of a, long forgotten, is not charged again.
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
10:00:01.400 answer a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01.4
10:00:01.500 answer b1
  > save leg b1 acme/102 +441112222 uk: allow answered 10:00:01.5
10:00:10 down
10:01:00 up
  > no flags below block
  > no flags below closed
  > no flags below fail_mode
10:01:00.100 list
10:01:00.200 cdr a a1 20 10:00:00 10:00:01 10:00:21
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01.4, Asterisk says 20 s
  10:01:02.1 tick
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01.4, ended 10:00:21.9, 0.21 for 21 s, Asterisk says 20 s, estimated
  > save leg c1 acme/103 +441112222 uk: allow answered 10:00:01.5, ended 10:01:00.1, 0.59 for 59 s, estimated
  > save leg b1 acme/102 +441112222 uk: allow answered 10:00:01.5, ended 10:01:00.1, 0.59 for 59 s, estimated
  > save charge a1 acme/101 2026-11-21: 0.21 for 21 s
  > save charge c1 acme/103 2026-11-21: 0.59 for 59 s
  > save charge b1 acme/102 2026-11-21: 0.59 for 59 s
10:01:05 cdr b b1 30 10:00:00 10:00:01 10:00:31
  > save leg b1 acme/102 +441112222 uk: allow answered 10:00:01.5, ended 10:00:32, 0.31 for 31 s, Asterisk says 30 s, estimated
  > save charge b1 acme/102 2026-11-21: -0.28 for -28 s
10:01:06 cdr c c1 0 10:00:00 - 10:00:15
  > save leg c1 acme/103 +441112222 uk: allow answered 10:00:01.5, ended 10:01:00.1, 0.00 for 0 s, Asterisk says 0 s, estimated
  > save charge c1 acme/103 2026-11-21: -0.59 for -59 s
10:01:30 ledger
  > ledger acme/101 2026-11-21 cost 0.21, 21 s, 1 calls, 1 attempts
  > ledger acme/102 2026-11-21 cost 0.31, 31 s, 1 calls, 1 attempts
  > ledger acme/103 2026-11-21 cost 0.00, 0 s, 1 calls, 1 attempts
  > ledger acme/101 2026-11 cost 0.21, 21 s, 1 calls, 1 attempts
  > ledger acme/102 2026-11 cost 0.31, 31 s, 1 calls, 1 attempts
  > ledger acme/103 2026-11 cost 0.00, 0 s, 1 calls, 1 attempts
10:02:00 cdr a a1 20 10:00:00 10:00:01 10:00:21
  > ask the store for the legs of PJSIP/carrier-02
10:02:00.1 store-answers
10:02:01 channel e PJSIP/102-0a account=acme
10:02:02 ledger
  > ledger acme/101 2026-11-21 cost 0.21, 21 s, 1 calls, 1 attempts
  > ledger acme/102 2026-11-21 cost 0.31, 31 s, 1 calls, 1 attempts
  > ledger acme/103 2026-11-21 cost 0.00, 0 s, 1 calls, 1 attempts
  > ledger acme/101 2026-11 cost 0.21, 21 s, 1 calls, 1 attempts
  > ledger acme/102 2026-11 cost 0.31, 31 s, 1 calls, 1 attempts
  > ledger acme/103 2026-11 cost 0.00, 0 s, 1 calls, 1 attempts
10:02:03 restart
10:02:04 unseen x1 PJSIP/carrier-09
10:02:05 cdr e x1 12 10:00:20 10:00:25 10:00:37
  > ask the store for the legs of PJSIP/carrier-09
10:02:05.1 store-answers
  > save leg cdr:1795255220:PJSIP/carrier-09 acme/102 +441112222 uk: allow answered 10:00:25, ended 10:00:37.5, 0.13 for 13 s, Asterisk says 12 s
  > save charge cdr:1795255220:PJSIP/carrier-09 acme/102 2026-11-21: 0.13 for 13 s
10:02:06 cdr e x1 12 10:00:20 10:00:25 10:00:37
  > ask the store for the legs of PJSIP/carrier-09
10:02:06.1 store-answers
10:02:07 ledger
  > ledger acme/101 2026-11-21 cost 0.21, 21 s, 1 calls, 1 attempts
  > ledger acme/102 2026-11-21 cost 0.44, 44 s, 2 calls, 2 attempts
  > ledger acme/103 2026-11-21 cost 0.00, 0 s, 1 calls, 1 attempts
  > ledger acme/101 2026-11 cost 0.21, 21 s, 1 calls, 1 attempts
  > ledger acme/102 2026-11 cost 0.44, 44 s, 2 calls, 2 attempts
  > ledger acme/103 2026-11 cost 0.00, 0 s, 1 calls, 1 attempts
