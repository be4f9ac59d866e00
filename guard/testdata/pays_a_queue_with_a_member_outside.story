# a queue with a member outside, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000049 account=acme in
10:00:00 channel b PJSIP/carrier-0000004a in
10:00:00 named b acme -
10:00:00 named b - hotline
10:00:00.001 channel c Local/00441110003@tenant-acme-00000007;1 linked=b
10:00:00.001 channel d Local/00441110003@tenant-acme-00000007;2 linked=b in
10:00:00.001 local c d
10:00:00.001 dial b c 00441110003
10:00:00.002 channel e Local/00441110001@tenant-acme-00000008;1 linked=a
10:00:00.002 channel f Local/00441110001@tenant-acme-00000008;2 linked=a in
10:00:00.003 local e f
10:00:00.004 dial a e 00441110001
10:00:00.004 channel g PJSIP/carrier-0000004b in
10:00:00.006 channel h Local/00441110002@tenant-acme-00000009;1 linked=g
10:00:00.006 channel i Local/00441110002@tenant-acme-00000009;2 linked=g in
10:00:00.009 local h i
10:00:00.009 dial g h 00441110002
10:00:00.009 channel j PJSIP/carrier-0000004c linked=a
10:00:00.009 channel k PJSIP/carrier-0000004d linked=g
10:00:00.01 channel l PJSIP/carrier-0000004e linked=b
10:00:00.01 dial f j 00441110001
  > limit j to 15m0s
  > save leg j acme/101 +441110001 uk: allow ringing
10:00:00.01 answer j
  > save leg j acme/101 +441110001 uk: allow answered 10:00:00.01
10:00:00.01 dial i k 00441110002
  > limit k to 15m0s
  > save leg k unknown/pbx +441110002 uk: allow ringing
10:00:00.01 answer j
10:00:00.011 answer e
10:00:00.011 answer e
10:00:00.011 answer f
10:00:00.011 dial d l 00441110003
  > limit l to 15m0s
  > save leg l acme/hotline +441110003 uk: allow ringing
10:00:00.017 answer a
10:00:00.018 answer k
  > save leg k unknown/pbx +441110002 uk: allow answered 10:00:00.018
10:00:00.018 answer k
10:00:00.018 answer i
10:00:00.018 answer h
10:00:00.018 answer h
10:00:00.018 answer l
  > save leg l acme/hotline +441110003 uk: allow answered 10:00:00.018
10:00:00.018 answer l
10:00:00.018 answer d
10:00:00.018 answer g
10:00:00.018 answer c
10:00:00.018 answer c
10:00:00.018 answer b
10:00:01.033 end l
  > save leg l acme/hotline +441110003 uk: allow answered 10:00:00.018, ended 10:00:01.033, 0.06 for 6 s
  > save charge l acme/hotline 2026-11-21: 0.06 for 6 s
10:00:01.033 end d
10:00:01.033 end f
10:00:01.033 end j
  > save leg j acme/101 +441110001 uk: allow answered 10:00:00.01, ended 10:00:01.033, 0.06 for 6 s
  > save charge j acme/101 2026-11-21: 0.06 for 6 s
10:00:01.033 end c
10:00:01.033 end k
  > save leg k unknown/pbx +441110002 uk: allow answered 10:00:00.018, ended 10:00:01.033, 0.06 for 6 s
  > save charge k unknown/pbx 2026-11-21: 0.06 for 6 s
10:00:01.033 end e
10:00:01.033 end i
10:00:01.033 end h
10:00:01.033 end a
10:00:01.033 end b
10:00:01.034 end g
