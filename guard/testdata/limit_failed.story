# A time limit that Asterisk does not take is told once, and asked for again, later and later.
price 44 uk 0.06 60/60
10:00:00 channel a PJSIP/101-01 account=acme
10:00:00 channel b PJSIP/carrier-02 linked=a
10:00:00 dial a b 0044123456789
  > limit b to 15m0s
  > save leg b acme/101 +44123456789 uk: allow ringing
10:00:00.010 limit-failed b
  > save leg b acme/101 +44123456789 uk: allow ringing
  > save incident limit.failed acme/101: Asterisk did not take the time limit of PJSIP/carrier-02, and does not end it should fraudguard die: Permission denied [ask again]
# An event meanwhile does not ask early.
10:00:00.500 answer b
  > save leg b acme/101 +44123456789 uk: allow answered 10:00:00.5
  10:00:01.01 tick
  > limit b to 15m0s
  > save leg b acme/101 +44123456789 uk: allow answered 10:00:00.5
10:00:01.020 limit-failed b
  > save leg b acme/101 +44123456789 uk: allow answered 10:00:00.5
  10:00:03.02 tick
  > limit b to 15m0s
  > save leg b acme/101 +44123456789 uk: allow answered 10:00:00.5
10:00:03.030 channel x PJSIP/109-09 account=acme
# Now it stands. Where the channel is gone, its end is on its way, or was missed.
10:02:00 channel c PJSIP/102-03 account=acme
10:02:00 channel d PJSIP/carrier-04 linked=c
10:02:00 dial c d 0044123456789
  > limit d to 15m0s
  > save leg d acme/102 +44123456789 uk: allow ringing
10:02:00.010 limit-failed d gone
  10:02:02.01 tick
  > save leg d acme/102 +44123456789 uk: allow answered 10:02:00, ended 10:02:00.01, 0.06 for 60 s, estimated
  > save charge d acme/102 2026-11-21: 0.06 for 60 s
10:02:03 end b
  > save leg b acme/101 +44123456789 uk: allow answered 10:00:00.5, ended 10:02:03, 0.18 for 180 s
  > save charge b acme/101 2026-11-21: 0.18 for 180 s
