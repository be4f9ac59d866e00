# originated to a trunk, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/carrier-0000000b
10:00:00.002 dial - a 00441110001
  > limit a to 15m0s
  > save leg a unknown/pbx +441110001 uk: allow ringing
10:00:00.002 channel b PJSIP/carrier-0000000c
10:00:00.002 dial - b 00441110002 account=globex
  > limit b to 15m0s
  > save leg b globex/unknown +441110002 uk: allow ringing
10:00:00.006 answer b
  > save leg b globex/unknown +441110002 uk: allow answered 10:00:00.006
10:00:00.006 answer b
10:00:00.006 answer a
  > save leg a unknown/pbx +441110001 uk: allow answered 10:00:00.006
10:00:00.006 answer a
10:00:00.008 channel c PJSIP/carrier-0000000d
10:00:00.008 named c - dialer
10:00:00.008 named c acme -
10:00:00.008 dial - c 00441110003
  > limit c to 15m0s
  > save leg c acme/dialer +441110003 uk: allow ringing
10:00:00.016 answer c
  > save leg c acme/dialer +441110003 uk: allow answered 10:00:00.016
10:00:00.018 answer c
10:00:00.018 channel d Local/00441110004@tenant-acme-00000001;1
10:00:00.018 channel e Local/00441110004@tenant-acme-00000001;2 linked=d in
10:00:00.018 local d e
10:00:00.018 dial - d 00441110004
10:00:00.018 channel f PJSIP/carrier-0000000e linked=d
10:00:00.022 dial e f 00441110004
  > limit f to 15m0s
  > save leg f unknown/pbx +441110004 uk: allow ringing
10:00:00.024 answer f
  > save leg f unknown/pbx +441110004 uk: allow answered 10:00:00.024
10:00:00.024 answer f
10:00:00.025 answer e
10:00:00.025 answer d
10:00:00.025 answer d
10:00:01.009 end a
  > save leg a unknown/pbx +441110001 uk: allow answered 10:00:00.006, ended 10:00:01.009, 0.06 for 6 s
  > save charge a unknown/pbx 2026-11-21: 0.06 for 6 s
10:00:01.009 end b
  > save leg b globex/unknown +441110002 uk: allow answered 10:00:00.006, ended 10:00:01.009, 0.06 for 6 s
  > save charge b globex/unknown 2026-11-21: 0.06 for 6 s
10:00:01.009 end c
  > save leg c acme/dialer +441110003 uk: allow answered 10:00:00.016, ended 10:00:01.009, 0.06 for 6 s
  > save charge c acme/dialer 2026-11-21: 0.06 for 6 s
10:00:01.051 end d
10:00:01.051 end f
  > save leg f unknown/pbx +441110004 uk: allow answered 10:00:00.024, ended 10:00:01.051, 0.06 for 6 s
  > save charge f unknown/pbx 2026-11-21: 0.06 for 6 s
10:00:01.051 end e
