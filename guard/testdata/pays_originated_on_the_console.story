# originated on the console, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/carrier-00000026
10:00:00.001 dial - a 00441110001
  > limit a to 15m0s
  > save leg a unknown/pbx +441110001 uk: allow ringing
10:00:00.001 answer a
  > save leg a unknown/pbx +441110001 uk: allow answered 10:00:00.001
10:00:00.001 answer a
10:00:00.012 channel b Local/00441110002@tenant-acme-00000002;1
10:00:00.012 channel c Local/00441110002@tenant-acme-00000002;2 linked=b in
10:00:00.012 local b c
10:00:00.013 dial - b 00441110002
10:00:00.013 channel d PJSIP/carrier-00000027 linked=b
10:00:00.014 dial c d 00441110002
  > limit d to 15m0s
  > save leg d unknown/pbx +441110002 uk: allow ringing
10:00:00.017 answer d
  > save leg d unknown/pbx +441110002 uk: allow answered 10:00:00.017
10:00:00.017 answer d
10:00:00.017 answer c
10:00:00.017 answer b
10:00:00.017 answer b
10:00:01.024 end a
  > save leg a unknown/pbx +441110001 uk: allow answered 10:00:00.001, ended 10:00:01.024, 0.06 for 6 s
  > save charge a unknown/pbx 2026-11-21: 0.06 for 6 s
10:00:01.025 end c
10:00:01.025 end b
10:00:01.025 end d
  > save leg d unknown/pbx +441110002 uk: allow answered 10:00:00.017, ended 10:00:01.025, 0.06 for 6 s
  > save charge d unknown/pbx 2026-11-21: 0.06 for 6 s
