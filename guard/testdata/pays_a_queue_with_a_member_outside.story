# a queue with a member outside, as a real Asterisk 22 told it.
price 44 uk 0.60 2/2

10:00:00 channel a PJSIP/carrier-0000000b in
10:00:00 channel b PJSIP/carrier-0000000a in
10:00:00 named a acme -
10:00:00 named a - hotline
10:00:00.002 channel c Local/00441110002@tenant-acme-00000003;1 linked=b out
10:00:00.002 channel d Local/00441110002@tenant-acme-00000003;2 linked=b in
10:00:00.002 local c d
10:00:00.002 channel e PJSIP/carrier-0000000c in
10:00:00.002 channel f PJSIP/101-0000000d account=acme in
10:00:00.006 channel g Local/00441110003@tenant-acme-00000004;1 linked=a out
10:00:00.006 channel h Local/00441110003@tenant-acme-00000004;2 linked=a in
10:00:00.006 local g h
10:00:00.006 dial b c 00441110002
10:00:00.006 channel i PJSIP/carrier-0000000e linked=b out
10:00:00.006 channel j Local/00441110001@tenant-acme-00000005;1 linked=f out
10:00:00.006 channel k Local/00441110001@tenant-acme-00000005;2 linked=f in
10:00:00.006 local j k
10:00:00.006 dial a g 00441110003
10:00:00.008 channel l Local/00441110004@tenant-acme-00000006;1 linked=e out
10:00:00.008 channel m Local/00441110004@tenant-acme-00000006;2 linked=e in
10:00:00.009 local l m
10:00:00.009 dial e l 00441110004
10:00:00.009 dial f j 00441110001
10:00:00.009 channel n PJSIP/carrier-0000000f linked=a out
10:00:00.009 dial d i 00441110002
  > limit i to 15m0s
  > save leg i unknown/pbx +441110002 uk: allow ringing
10:00:00.009 dial h n 00441110003
  > limit n to 15m0s
  > save leg n acme/hotline +441110003 uk: allow ringing
10:00:00.009 channel o PJSIP/carrier-00000010 linked=f out
10:00:00.009 channel p PJSIP/carrier-00000011 linked=e out
10:00:00.02 dial k o 00441110001 account=acme
  > limit o to 15m0s
  > save leg o acme/101 +441110001 uk: allow ringing
10:00:00.029 dial m p 00441110004 account=globex
  > limit p to 15m0s
  > save leg p globex/unknown +441110004 uk: allow ringing
10:00:00.029 answer i
  > save leg i unknown/pbx +441110002 uk: allow answered 10:00:00.029
10:00:00.029 answer o
  > save leg o acme/101 +441110001 uk: allow answered 10:00:00.029
10:00:00.029 answer o
10:00:00.029 answer k
10:00:00.029 answer p
  > save leg p globex/unknown +441110004 uk: allow answered 10:00:00.029
10:00:00.029 answer p
10:00:00.029 answer j
10:00:00.029 answer j
10:00:00.029 answer m
10:00:00.029 answer l
10:00:00.029 answer l
10:00:00.029 answer i
10:00:00.029 answer d
10:00:00.029 answer c
10:00:00.029 answer c
10:00:00.029 answer n
  > save leg n acme/hotline +441110003 uk: allow answered 10:00:00.029
10:00:00.029 answer n
10:00:00.029 answer h
10:00:00.029 answer g
10:00:00.029 answer g
10:00:00.029 answer f
10:00:00.029 answer e
10:00:00.029 answer b
10:00:00.029 answer a
10:00:01.011 decline i
10:00:01.012 decline c
10:00:01.012 end d
10:00:01.012 end c
10:00:01.012 end i
  > save leg i unknown/pbx +441110002 uk: allow answered 10:00:00.029, ended 10:00:01.012, 0.02 for 2 s
  > save charge i unknown/pbx 2026-11-21: 0.02 for 2 s
10:00:01.012 end b
10:00:01.017 decline n
10:00:01.019 decline g
10:00:01.019 end h
10:00:01.02 end n
  > save leg n acme/hotline +441110003 uk: allow answered 10:00:00.029, ended 10:00:01.02, 0.02 for 2 s
  > save charge n acme/hotline 2026-11-21: 0.02 for 2 s
10:00:01.02 decline o
10:00:01.022 end g
10:00:01.022 decline j
10:00:01.022 end k
10:00:01.023 end o
  > save leg o acme/101 +441110001 uk: allow answered 10:00:00.029, ended 10:00:01.023, 0.02 for 2 s
  > save charge o acme/101 2026-11-21: 0.02 for 2 s
10:00:01.023 end j
10:00:01.023 end a
10:00:01.025 decline p
10:00:01.025 decline l
10:00:01.025 end m
10:00:01.025 end p
  > save leg p globex/unknown +441110004 uk: allow answered 10:00:00.029, ended 10:00:01.025, 0.02 for 2 s
  > save charge p globex/unknown 2026-11-21: 0.02 for 2 s
10:00:01.045 end f
10:00:01.045 end l
10:00:01.045 end e
