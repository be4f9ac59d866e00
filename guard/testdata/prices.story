# A call begins while there is no price list; the first one prices it. The second one is to take over
# at 10:05: calls in progress keep the price with which they began, later ones have the new one.
cap */* cost_per_day 10.00
10:00:00 channel a PJSIP/101-01 account=acme
10:00:00 channel b PJSIP/carrier-02 linked=a
10:00:00 dial a b 0044123456789
  > limit b to 15m0s
  > save leg b acme/101 +44123456789 unpriced: allow ringing
10:00:01 answer b
  > save leg b acme/101 +44123456789 unpriced: allow answered 10:00:01
10:00:10 deck 00:00:00 44 uk 0.60 60/60
  > save leg b acme/101 +44123456789 uk: allow answered 10:00:01
10:00:20 deck 10:05:00 44 uk 6.00 60/60
10:04:00 channel c PJSIP/102-03 account=acme
10:04:00 channel d PJSIP/carrier-04 linked=c
10:04:00 dial c d 0044123456789
  > limit d to 15m0s
  > save leg d acme/102 +44123456789 uk: allow ringing
10:04:01 answer d
  > save leg d acme/102 +44123456789 uk: allow answered 10:04:01
10:05:10 channel e PJSIP/103-05 account=acme
10:05:10 channel f PJSIP/carrier-06 linked=e
10:05:10 dial e f 0044123456789
  > limit f to 59.8s
  > save leg f acme/103 +44123456789 uk: allow ringing
10:05:11 answer f
  > save leg f acme/103 +44123456789 uk: allow answered 10:05:11
10:05:50 end b
  > save leg b acme/101 +44123456789 uk: allow answered 10:00:01, ended 10:05:50, 3.60 for 360 s
  > save charge b acme/101 2026-11-21: 3.60 for 360 s
10:05:51 end d
  > save leg d acme/102 +44123456789 uk: allow answered 10:04:01, ended 10:05:51, 1.20 for 120 s
  > save charge d acme/102 2026-11-21: 1.20 for 120 s
10:05:52 end f
  > save leg f acme/103 +44123456789 uk: allow answered 10:05:11, ended 10:05:52, 6.00 for 60 s
  > save charge f acme/103 2026-11-21: 6.00 for 60 s
# What a number costs is asked of the list in force, and this one has no price for it.
10:06:00 deck 10:06:00 39 italy 0.01 1/1
10:06:01 channel g PJSIP/104-07 account=acme
10:06:01 channel h PJSIP/carrier-08 linked=g
10:06:01 dial g h 0044123456789
  > hang up h by ARI (refused)
  > limit h to 1s
  > save leg h acme/104 +44123456789 unpriced: deny ringing
  > save incident rates.unpriced acme/104: deck default@3 has no price for +44123456789 [refuse the call]
10:06:01 end h
  > save leg h acme/104 +44123456789 unpriced: deny ringing, ended 10:06:01, 0.00 for 0 s
