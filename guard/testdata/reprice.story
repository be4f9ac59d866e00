# With reprice, a price list that takes over prices the calls in progress too, from their beginning,
# and what that does to the caps counts at once.
reprice
cap */* cost_per_day 10.00
price 44 uk 0.60 60/60
price 33 france 0.60 60/60
10:00:00 channel a PJSIP/101-01 account=acme
10:00:00 channel b PJSIP/carrier-02 linked=a
10:00:00 dial a b 0044123456789
  > limit b to 15m0s
  > save leg b acme/101 +44123456789 uk: allow ringing
10:00:01 answer b
  > save leg b acme/101 +44123456789 uk: allow answered 10:00:01
10:00:02 channel c PJSIP/102-03 account=acme
10:00:02 channel d PJSIP/carrier-04 linked=c
10:00:02 dial c d 0033123456789
  > limit d to 15m0s
  > save leg d acme/102 +33123456789 france: allow ringing
10:00:03 answer d
  > save leg d acme/102 +33123456789 france: allow answered 10:00:03
10:00:20 deck 10:02:00 44 uk 3.00 60/60
  10:02:00 tick
  > limit b to 1m0.8s
  > save leg b acme/101 +44123456789 uk: allow answered 10:00:01
  10:02:01.757 tick
  > save incident caps.extension.cost_per_day.warn_at acme/101: acme/101 has used 9.00 of its cap of 10.00 on the cost of a local day [tell]
10:02:30 channel x PJSIP/109-09 account=acme
# Three minutes at 3.00 are 9.00, and the fourth does not fit under the cap.
  10:03:00.5 tick
  > hang up b by ARI (cut)
  > save leg b acme/101 +44123456789 uk: cut answered 10:00:01
  > save incident caps.extension.cost_per_day acme/101: acme/101 has used up its cap of 10.00 on the cost of a local day [hang up]
10:03:00.6 end b
  > save leg b acme/101 +44123456789 uk: cut answered 10:00:01, ended 10:03:00.6, 9.00 for 180 s
  > save charge b acme/101 2026-11-21: 9.00 for 180 s
10:03:01 end d
  > save leg d acme/102 +33123456789 france: allow answered 10:00:03, ended 10:03:01, 1.80 for 180 s
  > save charge d acme/102 2026-11-21: 1.80 for 180 s
