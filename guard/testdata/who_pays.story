# Who pays, where it is not simply the phone that dialled.
price 44 uk 0.06 1/1

# Local channels: 101 dials a Local channel whose other half dials the trunk.
10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 channel l1 Local/out@x-01;1 linked=a
10:00:00.002 channel l2 Local/out@x-01;2 linked=a
10:00:00.003 dial a l1
10:00:00.004 local l1 l2
10:00:00.005 channel a1 PJSIP/carrier-02 linked=a
10:00:00.006 dial l2 a1 00441110001
  > limit a1 to 15m0s
  > save leg a1 acme/101 +441110001 uk: allow ringing
10:00:00.100 end a1
  > save leg a1 acme/101 +441110001 uk: allow ringing, ended 10:00:00.1, 0.00 for 0 s
# The dialplan names the payer.
10:01:00 channel b PJSIP/102-03 account=acme
10:01:00.001 named b globex 900
10:01:00.002 channel b1 PJSIP/carrier-04 linked=b
10:01:00.003 dial b b1 00441110002
  > limit b1 to 15m0s
  > save leg b1 globex/900 +441110002 uk: allow ringing
10:01:00.100 end b1
  > save leg b1 globex/900 +441110002 uk: allow ringing, ended 10:01:00.1, 0.00 for 0 s
# An originated call has an account code, or nobody; the names are cleaned.
10:02:00 channel c1 PJSIP/carrier-05 account=globex
10:02:00.001 dial - c1 00441110003
  > limit c1 to 15m0s
  > save leg c1 globex/unknown +441110003 uk: allow ringing
10:02:00.100 end c1
  > save leg c1 globex/unknown +441110003 uk: allow ringing, ended 10:02:00.1, 0.00 for 0 s
10:02:01 channel d1 PJSIP/carrier-06
10:02:01.001 dial - d1 00441110004
  > limit d1 to 15m0s
  > save leg d1 unknown/pbx +441110004 uk: allow ringing
10:02:01.100 end d1
  > save leg d1 unknown/pbx +441110004 uk: allow ringing, ended 10:02:01.1, 0.00 for 0 s
10:02:02 channel e PJSIP/x:y'z-07 account=a:b
10:02:02.001 channel e1 PJSIP/carrier-08 linked=e
10:02:02.002 dial e e1 00441110005
  > limit e1 to 15m0s
  > save leg e1 a_b/x_y_z +441110005 uk: allow ringing
10:02:02.100 end e1
  > save leg e1 a_b/x_y_z +441110005 uk: allow ringing, ended 10:02:02.1, 0.00 for 0 s
# A call that comes in on the trunk is no leg.
10:03:00 channel f PJSIP/carrier-09 in
10:03:00.001 channel f1 PJSIP/101-0a linked=f
10:03:00.002 dial f f1
10:03:01 answer f1
10:03:01 answer f
10:03:10 end f1
10:03:10 end f
10:04:00 ledger
  > ledger a_b/x_y_z 2026-11-21 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger acme/101 2026-11-21 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger globex/900 2026-11-21 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger globex/unknown 2026-11-21 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger unknown/pbx 2026-11-21 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger a_b/x_y_z 2026-11 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger acme/101 2026-11 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger globex/900 2026-11 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger globex/unknown 2026-11 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger unknown/pbx 2026-11 cost 0.00, 0 s, 0 calls, 1 attempts
