# Blocks of every width, and the flags that keep them with the guard gone.
emergency-notice
price 44 uk 0.40 60/60
price 39 italy 0.01 1/1
price 1 america 0.02 1/1

10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.010 channel a1 PJSIP/carrier-02 linked=a
10:00:00.011 dial a a1 00441234567
  > limit a1 to 15m0s
  > save leg a1 acme/101 +441234567 uk: allow ringing
10:00:01 answer a1
  > save leg a1 acme/101 +441234567 uk: allow answered 10:00:01
# One extension and one number: the live call ends, the same number is free for others, and other numbers for it.
10:00:02 block acme/101:+441234567
  > flag block/pair/acme/101/441234567 = 0
  > hang up a1 by ARI (cut)
  > limit a1 to 1s
  > save leg a1 acme/101 +441234567 uk: cut answered 10:00:01
  > save block acme/101:+441234567 by admin until lifted
  > save incident block acme/101: admin blocked acme/101:+441234567: by hand [block, hang up its live calls]
  > save incident block acme/101: acme/101:+441234567 was blocked by admin [hang up]
10:00:02.100 end a1
  > save leg a1 acme/101 +441234567 uk: cut answered 10:00:01, ended 10:00:02.1, 0.40 for 60 s
  > save charge a1 acme/101 2026-11-21: 0.40 for 60 s
10:00:03 channel a2 PJSIP/carrier-03 linked=a
10:00:03.001 dial a a2 00441234567
  > hang up a2 by ARI (refused)
  > limit a2 to 1s
  > save leg a2 acme/101 +441234567 uk: deny ringing
  > save incident block acme/101: acme/101:+441234567 is blocked: by hand [refuse the call]
10:00:03.100 end a2
  > save leg a2 acme/101 +441234567 uk: deny ringing, ended 10:00:03.1, 0.00 for 0 s
10:00:04 channel b PJSIP/102-04 account=acme
10:00:04.001 channel b1 PJSIP/carrier-05 linked=b
10:00:04.002 dial b b1 00441234567
  > limit b1 to 15m0s
  > save leg b1 acme/102 +441234567 uk: allow ringing
10:00:05 answer b1
  > save leg b1 acme/102 +441234567 uk: allow answered 10:00:05
# A tenant, with what it has live left alone.
10:00:06 block acme/* 1h keep-live
  > flag block/tenant/acme = 1795258806
  > save block acme/* by admin until 11:00:06
  > save incident block acme/: admin blocked acme/*: by hand [block]
10:00:07 channel b2 PJSIP/carrier-06 linked=b
10:00:07.001 dial b b2 0612345678
  > hang up b2 by ARI (refused)
  > limit b2 to 1s
  > save leg b2 acme/102 +390612345678 italy: deny ringing
  > save incident block acme/102: acme/* is blocked: by hand [refuse the call]
10:00:07.100 end b2
  > save leg b2 acme/102 +390612345678 italy: deny ringing, ended 10:00:07.1, 0.00 for 0 s
10:00:08 unblock acme/*
  > no flag block/tenant/acme
  > save block acme/* lifted by admin
# A country and a prefix that have the same flag: it stays until both are lifted.
10:00:10 block country:GB
  > flag block/prefix/44 = 0
  > hang up b1 by ARI (cut)
  > limit b1 to 1s
  > save leg b1 acme/102 +441234567 uk: cut answered 10:00:05
  > save block country:GB by admin until lifted
  > save incident block /: admin blocked country:GB: by hand [block, hang up its live calls]
  > save incident block acme/102: country:GB was blocked by admin [hang up]
10:00:10.100 end b1
  > save leg b1 acme/102 +441234567 uk: cut answered 10:00:05, ended 10:00:10.1, 0.40 for 60 s
  > save charge b1 acme/102 2026-11-21: 0.40 for 60 s
10:00:11 block +44*
  > flag block/prefix/44 = 0
  > save block +44* by admin until lifted
  > save incident block /: admin blocked +44*: by hand [block, hang up its live calls]
10:00:12 unblock country:GB
  > flag block/prefix/44 = 0
  > save block country:GB lifted by admin
10:00:13 channel b3 PJSIP/carrier-07 linked=b
10:00:13.001 dial b b3 00447700900000
  > hang up b3 by ARI (refused)
  > limit b3 to 1s
  > save leg b3 acme/102 +447700900000 uk: deny ringing
  > save incident block acme/102: +44* is blocked: by hand [refuse the call]
10:00:13.100 end b3
  > save leg b3 acme/102 +447700900000 uk: deny ringing, ended 10:00:13.1, 0.00 for 0 s
10:00:14 unblock +44*
  > no flag block/prefix/44
  > save block +44* lifted by admin
# Its own country is no flag: the dialplan would refuse the whole calling code.
10:00:15 block country:IT
  > save block country:IT by admin until lifted
  > save incident block /: admin blocked country:IT: by hand [block, hang up its live calls]
10:00:16 channel b4 PJSIP/carrier-08 linked=b
10:00:16.001 dial b b4 0612345678
  > hang up b4 by ARI (refused)
  > limit b4 to 1s
  > save leg b4 acme/102 +390612345678 italy: deny ringing
  > save incident block acme/102: country:IT is blocked: by hand [refuse the call]
10:00:16.100 end b4
  > save leg b4 acme/102 +390612345678 italy: deny ringing, ended 10:00:16.1, 0.00 for 0 s
10:00:17 unblock country:IT
  > save block country:IT lifted by admin
10:00:18 block server:pbx
  > flag block/server = 0
  > save block server:pbx by admin until lifted
  > save incident block /: admin blocked server:pbx: by hand [block, hang up its live calls]
10:00:19 block everything 10m
  > flag block/everything = 1795255819
  > save block everything by admin until 10:10:19
  > save incident block /: admin blocked everything: by hand [block, hang up its live calls]
10:00:20 channel b5 PJSIP/carrier-09 linked=b
10:00:20.001 dial b b5 0012125550123
  > hang up b5 by ARI (refused)
  > limit b5 to 1s
  > save leg b5 acme/102 +12125550123 america: deny ringing
  > save incident block acme/102: everything is blocked: by hand [refuse the call]
10:00:20.100 end b5
  > save leg b5 acme/102 +12125550123 america: deny ringing, ended 10:00:20.1, 0.00 for 0 s
# An emergency call passes, and is told of where that is wanted.
10:00:21 channel b6 PJSIP/carrier-10 linked=b
10:00:21.001 dial b b6 112
  > save leg b6 acme/102 +112 unpriced: allow ringing
  > save incident emergency.call acme/102: acme/102 calls the emergency number 112 [tell]
10:00:21.100 end b6
  > save leg b6 acme/102 +112 unpriced: allow ringing, ended 10:00:21.1, 0.00 for 0 s
10:00:22 down
10:00:23 up
  > no flags below block
  > flag block/pair/acme/101/441234567 = 0
  > flag block/server = 0
  > flag block/everything = 1795255819
  > no flags below closed
  > no flags below fail_mode
