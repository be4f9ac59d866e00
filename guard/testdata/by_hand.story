# People block and unblock; what is blocked is hung up, and a block outlives a restart. Lifting one
# lets the detector forget what led to it.
repeated_number 1 5m block 0s
price 44 uk 0.06 1/1

10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 channel a1 PJSIP/carrier-02 linked=a
10:00:00.002 dial a a1 00441112222
  > limit a1 to 15m0s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:01 answer a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
10:00:10 block acme/101
  > flag block/extension/acme/101 = 0
  > hang up a1 by ARI (cut)
  > limit a1 to 1s
  > save leg a1 acme/101 +441112222 uk: cut answered 10:00:01
  > save block acme/101 by admin until lifted
  > save incident block acme/101: admin blocked acme/101: by hand [block, hang up its live calls]
  > save incident block acme/101: acme/101 was blocked by admin [hang up]
10:00:10.010 end a1
  > save leg a1 acme/101 +441112222 uk: cut answered 10:00:01, ended 10:00:10.01, 0.01 for 10 s
  > save charge a1 acme/101 2026-11-21: 0.01 for 10 s
10:00:20 block +441112222 1h
  > flag block/number/441112222 = 1795258820
  > save block +441112222 by admin until 11:00:20
  > save incident block /: admin blocked +441112222: by hand [block, hang up its live calls]
10:00:30 restart
10:00:31 up
  > no flags below block
  > flag block/extension/acme/101 = 0
  > flag block/number/441112222 = 1795258820
  > no flags below closed
  > no flags below fail_mode
10:00:31.001 list
10:00:40 unblock acme/101
  > no flag block/extension/acme/101
  > save block acme/101 lifted by admin
10:00:41 channel b PJSIP/101-03 account=acme
10:00:41.001 channel b1 PJSIP/carrier-04 linked=b
10:00:41.002 dial b b1 00441112222
  > hang up b1 by ARI (refused)
  > limit b1 to 1s
  > save leg b1 acme/101 +441112222 uk: deny ringing
  > save incident block acme/101: +441112222 is blocked: by hand [refuse the call]
10:00:41.010 end b1
  > save leg b1 acme/101 +441112222 uk: deny ringing, ended 10:00:41.01, 0.00 for 0 s
10:00:42 unblock +441112222
  > no flag block/number/441112222
  > save block +441112222 lifted by admin
10:00:43 unblock +441112222
10:00:50 channel c PJSIP/101-05 account=acme
10:00:50.001 channel c1 PJSIP/carrier-06 linked=c
10:00:50.002 dial c c1 00441112222
  > hang up c1 by ARI (refused)
  > limit c1 to 1s
  > flag block/extension/acme/101 = 0
  > save leg c1 acme/101 +441112222 uk: deny ringing
  > save incident abuse.repeated_number acme/101: 2 attempts to +441112222 within 9s; 1 within 5m0s are allowed [refuse the call, hang up the account's live calls, block the extension until it is lifted]
  > save block acme/101 by abuse.repeated_number until lifted
10:00:50.010 end c1
  > save leg c1 acme/101 +441112222 uk: deny ringing, ended 10:00:50.01, 0.00 for 0 s
10:01:00 unblock acme/101
  > no flag block/extension/acme/101
  > save block acme/101 lifted by admin
10:01:10 channel d PJSIP/101-07 account=acme
10:01:10.001 channel d1 PJSIP/carrier-08 linked=d
10:01:10.002 dial d d1 00441112222
  > limit d1 to 15m0s
  > save leg d1 acme/101 +441112222 uk: allow ringing
10:01:10.010 end d1
  > save leg d1 acme/101 +441112222 uk: allow ringing, ended 10:01:10.01, 0.00 for 0 s
