# What acme pays is in a price list of its own, and the caps count that. The carrier closed one
# prefix, and another one is not sold.
count-price
cap */* cost_per_day 2.00
price 44 uk 0.10 60/60
price 33 france 0.10 60/60
closed 4470
sold 44 uk-retail 1.00 60/60
10:00:00 channel a PJSIP/101-01 account=acme
10:00:00 channel b PJSIP/carrier-02 linked=a
10:00:00 dial a b 0044123456789
  > limit b to 1m59.8s
  > save leg b acme/101 +44123456789 uk: allow ringing
10:00:01 answer b
  > save leg b acme/101 +44123456789 uk: allow answered 10:00:01
10:00:05 channel c PJSIP/102-03 account=acme
10:00:05 channel d PJSIP/carrier-04 linked=c
10:00:05 dial c d 0044701234567
  > hang up d by ARI (refused)
  > limit d to 1s
  > save leg d acme/102 +44701234567 : deny ringing
  > save incident rates.closed acme/102: deck default@1 says that the carrier does not take calls to prefix 4470 [refuse the call]
10:00:05.02 end d
  > save leg d acme/102 +44701234567 : deny ringing, ended 10:00:05.02, 0.00 for 0 s
10:00:06 channel e PJSIP/103-05 account=acme
10:00:06 channel f PJSIP/carrier-06 linked=e
10:00:06 dial e f 0033123456789
  > hang up f by ARI (refused)
  > limit f to 1s
  > save leg f acme/103 +33123456789 france: deny ringing
  > save incident rates.unpriced acme/103: deck retail@1 has no price for +33123456789 [refuse the call]
10:00:06.02 end f
  > save leg f acme/103 +33123456789 france: deny ringing, ended 10:00:06.02, 0.00 for 0 s
# Another tenant pays what the carrier charges.
10:00:07 channel g PJSIP/201-07 account=globex
10:00:07 channel h PJSIP/carrier-08 linked=g
10:00:07 dial g h 0033123456789
  > limit h to 15m0s
  > save leg h globex/201 +33123456789 france: allow ringing
10:00:08 answer h
  > save leg h globex/201 +33123456789 france: allow answered 10:00:08
  10:01:01.764 tick
  > save incident caps.extension.cost_per_day.warn_at acme/101: acme/101 has used 2.00 of its cap of 2.00 on the cost of a local day [tell]
10:01:30 end h
  > save leg h globex/201 +33123456789 france: allow answered 10:00:08, ended 10:01:30, 0.20 for 120 s
  > save charge h globex/201 2026-11-21: 0.20 for 120 s
  10:01:56.036 tick
  > limit b to 4.763s
  > save leg b acme/101 +44123456789 uk: allow answered 10:00:01
  10:02:00.5 tick
  > hang up b by ARI (cut)
  > save leg b acme/101 +44123456789 uk: cut answered 10:00:01
  > save incident caps.extension.cost_per_day acme/101: acme/101 has used up its cap of 2.00 on the cost of a local day [hang up]
10:02:00.6 end b
  > save leg b acme/101 +44123456789 uk: cut answered 10:00:01, ended 10:02:00.6, 0.20 for 120 s, sold for 2.00
  > save charge b acme/101 2026-11-21: 0.20 for 120 s
10:02:01 ledger
  > ledger acme/101 2026-11-21 cost 0.20, sold for 2.00, 120 s, 1 calls, 1 attempts
  > ledger acme/102 2026-11-21 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger acme/103 2026-11-21 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger globex/201 2026-11-21 cost 0.20, 120 s, 1 calls, 1 attempts
  > ledger acme/101 2026-11 cost 0.20, sold for 2.00, 120 s, 1 calls, 1 attempts
  > ledger acme/102 2026-11 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger acme/103 2026-11 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger globex/201 2026-11 cost 0.20, 120 s, 1 calls, 1 attempts
