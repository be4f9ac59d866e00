# A cap on minutes counts billed ones: begun increments, as the ledger does, whatever they cost. Of
# two calls the first begins its second minute, which is the third in all: the other is ended before
# its second one, the first before its third, and a call that would need a fourth at once is refused.
cap */* minutes_per_day 3
price 44 uk 0.00 60/60

10:00:00 channel a PJSIP/101-a account=acme
10:00:00 channel a1 PJSIP/carrier-a linked=a
10:00:00 dial a a1 00441112222
  > limit a1 to 2m59.8s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:01 answer a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
10:00:30 channel b PJSIP/101-b account=acme
10:00:30 channel b1 PJSIP/carrier-b linked=b
10:00:30 dial b b1 00441112223
  > limit a1 to 1m30.8s
  > limit b1 to 59.8s
  > save leg b1 acme/101 +441112223 uk: allow ringing
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
10:00:31 answer b1
  > save leg b1 acme/101 +441112223 uk: allow answered 10:00:31
  10:01:01.119 tick
  > save incident caps.extension.minutes_per_day.warn_at acme/101: acme/101 has used 3 of its cap of 3 on the billed minutes of a local day [tell]
10:01:10 channel c PJSIP/101-c account=acme
10:01:10 channel c1 PJSIP/carrier-c linked=c
10:01:10 dial c c1 00441112224
  > hang up c1 by ARI (refused)
  > limit c1 to 1s
  > save leg c1 acme/101 +441112224 uk: deny ringing
  > save incident caps.extension.minutes_per_day acme/101: acme/101 has spent 3 and holds 0 of its cap of 3 on the billed minutes of a local day; the call needs 1 at once [refuse the call]
10:01:10.1 end c1
  > save leg c1 acme/101 +441112224 uk: deny ringing, ended 10:01:10.1, 0.00 for 0 s
  10:01:26.293 tick
  > limit b1 to 4.506s
  > save leg b1 acme/101 +441112223 uk: allow answered 10:00:31
  10:01:30.5 tick
  > hang up b1 by ARI (cut)
  > save leg b1 acme/101 +441112223 uk: cut answered 10:00:31
  > save incident caps.extension.minutes_per_day acme/101: acme/101 has used up its cap of 3 on the billed minutes of a local day [hang up]
10:01:30.6 end b1
  > save leg b1 acme/101 +441112223 uk: cut answered 10:00:31, ended 10:01:30.6, 0.00 for 60 s
  > save charge b1 acme/101 2026-11-21: 0.00 for 60 s
  10:02:00.5 tick
  > hang up a1 by ARI (cut)
  > save leg a1 acme/101 +441112222 uk: cut answered 10:00:01
  > save incident caps.extension.minutes_per_day acme/101: acme/101 has used up its cap of 3 on the billed minutes of a local day [hang up]
10:02:00.6 end a1
  > save leg a1 acme/101 +441112222 uk: cut answered 10:00:01, ended 10:02:00.6, 0.00 for 120 s
  > save charge a1 acme/101 2026-11-21: 0.00 for 120 s
10:02:02 ledger
  > ledger acme/101 2026-11-21 cost 0.00, 180 s, 2 calls, 3 attempts
  > ledger acme/101 2026-11 cost 0.00, 180 s, 2 calls, 3 attempts
10:02:03 channel d PJSIP/101-d account=acme
10:02:03 channel d1 PJSIP/carrier-d linked=d
10:02:03 dial d d1 00441112224
  > hang up d1 by ARI (refused)
  > limit d1 to 1s
  > save leg d1 acme/101 +441112224 uk: deny ringing
  > save incident caps.extension.minutes_per_day acme/101: acme/101 has spent 3 and holds 0 of its cap of 3 on the billed minutes of a local day; the call needs 1 at once [refuse the call]
10:02:03.1 end d1
  > save leg d1 acme/101 +441112224 uk: deny ringing, ended 10:02:03.1, 0.00 for 0 s
# Another extension, and the next day.
10:02:04 channel e PJSIP/102-e account=acme
10:02:04 channel e1 PJSIP/carrier-e linked=e
10:02:04 dial e e1 00441112224
  > limit e1 to 2m59.8s
  > save leg e1 acme/102 +441112224 uk: allow ringing
10:02:05 end e1
  > save leg e1 acme/102 +441112224 uk: allow ringing, ended 10:02:05, 0.00 for 0 s
1T00:00:01 channel f PJSIP/101-f account=acme
1T00:00:01 channel f1 PJSIP/carrier-f linked=f
1T00:00:01 dial f f1 00441112224
  > limit f1 to 2m59.8s
  > save leg f1 acme/101 +441112224 uk: allow ringing
1T00:00:02 end f1
  > save leg f1 acme/101 +441112224 uk: allow ringing, ended 11-22 00:00:02, 0.00 for 0 s
