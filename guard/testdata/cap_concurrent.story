# So many calls at the same time, ringing ones among them; for an extension, and for its tenant
# besides. A call that is refused takes up no place, and one that ends gives its place back.
cap */* concurrent_calls 1
cap * concurrent_calls 2
price 44 uk 0.06 1/1

10:00:00 channel a PJSIP/101-a account=acme
10:00:00 channel a1 PJSIP/carrier-a linked=a
10:00:00 dial a a1 00441112222
  > limit a1 to 15m0s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:01 channel b PJSIP/101-b account=acme
10:00:01 channel b1 PJSIP/carrier-b linked=b
10:00:01 dial b b1 00441112223
  > hang up b1 by ARI (refused)
  > limit b1 to 1s
  > save leg b1 acme/101 +441112223 uk: deny ringing
  > save incident caps.extension.concurrent_calls acme/101: acme/101 has 0 calls answered and 1 ringing; the cap on the calls at the same time is 1 [refuse the call]
10:00:01.05 end b1
  > save leg b1 acme/101 +441112223 uk: deny ringing, ended 10:00:01.05, 0.00 for 0 s
10:00:02 channel c PJSIP/102-c account=acme
10:00:02 channel c1 PJSIP/carrier-c linked=c
10:00:02 dial c c1 00441112223
  > limit c1 to 15m0s
  > save leg c1 acme/102 +441112223 uk: allow ringing
10:00:03 answer c1
  > save leg c1 acme/102 +441112223 uk: allow answered 10:00:03
10:00:04 channel d PJSIP/103-d account=acme
10:00:04 channel d1 PJSIP/carrier-d linked=d
10:00:04 dial d d1 00441112224
  > hang up d1 by ARI (refused)
  > limit d1 to 1s
  > save leg d1 acme/103 +441112224 uk: deny ringing
  > save incident caps.tenant.concurrent_calls acme/103: tenant acme has 1 calls answered and 1 ringing; the cap on the calls at the same time is 2 [refuse the call]
10:00:04.05 end d1
  > save leg d1 acme/103 +441112224 uk: deny ringing, ended 10:00:04.05, 0.00 for 0 s
10:00:05 end a1
  > save leg a1 acme/101 +441112222 uk: allow ringing, ended 10:00:05, 0.00 for 0 s
10:00:06 channel e PJSIP/103-e account=acme
10:00:06 channel e1 PJSIP/carrier-e linked=e
10:00:06 dial e e1 00441112224
  > limit e1 to 15m0s
  > save leg e1 acme/103 +441112224 uk: allow ringing
# An emergency call needs no place.
10:00:07 channel f PJSIP/103-f account=acme
10:00:07 channel f1 PJSIP/carrier-f linked=f
10:00:07 dial f f1 112
  > save leg f1 acme/103 +112 unpriced: allow ringing
10:00:08 end e1
  > save leg e1 acme/103 +441112224 uk: allow ringing, ended 10:00:08, 0.00 for 0 s
10:00:08 end f1
  > save leg f1 acme/103 +112 unpriced: allow ringing, ended 10:00:08, 0.00 for 0 s
10:00:08 end c1
  > save leg c1 acme/102 +441112223 uk: allow answered 10:00:03, ended 10:00:08, 0.005 for 5 s
  > save charge c1 acme/102 2026-11-21: 0.005 for 5 s
