# The first trunk does not take the call and the second is tried: two legs, but one attempt to the
# detectors. A new call to the same number is a new attempt.
repeated_number 2 5m deny 0s
price 44 uk 0.06 1/1

10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 channel a1 PJSIP/carrier-02 linked=a
10:00:00.002 dial a a1 00441112222
  > limit a1 to 15m0s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:01 end a1
  > save leg a1 acme/101 +441112222 uk: allow ringing, ended 10:00:01, 0.00 for 0 s
10:00:01.001 channel a2 PJSIP/carrier-03 linked=a
10:00:01.002 dial a a2 00441112222
  > limit a2 to 15m0s
  > save leg a2 acme/101 +441112222 uk: allow ringing
10:00:02 answer a2
  > save leg a2 acme/101 +441112222 uk: allow answered 10:00:02
10:00:09 end a2
  > save leg a2 acme/101 +441112222 uk: allow answered 10:00:02, ended 10:00:09, 0.007 for 7 s
  > save charge a2 acme/101 2026-11-21: 0.007 for 7 s
10:00:10 channel b PJSIP/101-04 account=acme
10:00:10.001 channel b1 PJSIP/carrier-05 linked=b
10:00:10.002 dial b b1 00441112222
  > limit b1 to 15m0s
  > save leg b1 acme/101 +441112222 uk: allow ringing
10:00:11 end b1
  > save leg b1 acme/101 +441112222 uk: allow ringing, ended 10:00:11, 0.00 for 0 s
10:00:20 channel c PJSIP/101-06 account=acme
10:00:20.001 channel c1 PJSIP/carrier-07 linked=c
10:00:20.002 dial c c1 00441112222
  > hang up c1 by ARI (refused)
  > limit c1 to 1s
  > save leg c1 acme/101 +441112222 uk: deny ringing
  > save incident abuse.repeated_number acme/101: 3 attempts to +441112222 within 20s; 2 within 5m0s are allowed [refuse the call]
10:00:20.010 end c1
  > save leg c1 acme/101 +441112222 uk: deny ringing, ended 10:00:20.01, 0.00 for 0 s
# What is refused on the first trunk is refused on the second: a failover is no way around.
10:00:20.020 channel c2 PJSIP/carrier-08 linked=c
10:00:20.021 dial c c2 00441112222
  > hang up c2 by ARI (refused)
  > limit c2 to 1s
  > save leg c2 acme/101 +441112222 uk: deny ringing
  > save incident abuse.repeated_number acme/101: 3 attempts to +441112222 within 20s; 2 within 5m0s are allowed [refuse the call]
10:00:20.030 end c2
  > save leg c2 acme/101 +441112222 uk: deny ringing, ended 10:00:20.03, 0.00 for 0 s
