# Who sends a call on pays for what follows, and nobody can make somebody else look like the one who did.
price 44 uk 0.06 1/1

# The caller's dialplan named a payer and a tenant, which 102's channel inherits. What 102 makes of
# the call is its own, in its own tenant.
10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 named a boutique desk7
10:00:00.002 channel b PJSIP/102-02 account=globex linked=a
10:00:00.003 named b boutique desk7
10:00:00.004 dial a b
10:00:01 answer b
10:00:01 answer a
10:00:02 transfer b a
10:00:02 end b
10:00:02.100 channel t1 PJSIP/carrier-03 linked=a
10:00:02.101 named t1 boutique desk7
10:00:02.102 dial a t1 00441110001
  > limit t1 to 15m0s
  > save leg t1 globex/102 +441110001 uk: allow ringing
10:00:03 end t1
  > save leg t1 globex/102 +441110001 uk: allow ringing, ended 10:00:03, 0.00 for 0 s
# The dialplan names a payer once more, after the transfer: that counts.
10:00:03.100 named a boutique desk7
10:00:03.101 channel t2 PJSIP/carrier-04 linked=a
10:00:03.102 dial a t2 00441110002
  > limit t2 to 15m0s
  > save leg t2 boutique/desk7 +441110002 uk: allow ringing
10:00:04 end t2
  > save leg t2 boutique/desk7 +441110002 uk: allow ringing, ended 10:00:04, 0.00 for 0 s
10:00:04 end a
# A phone without an account code is in the tenant that was named for the call.
10:00:10 channel c PJSIP/carrier-05 in
10:00:10.001 named c boutique -
10:00:10.002 channel d PJSIP/103-06 linked=c
10:00:10.003 named d boutique -
10:00:10.004 dial c d
10:00:11 answer d
10:00:11 answer c
10:00:12 transfer d c
10:00:12 end d
10:00:12.001 channel t3 PJSIP/carrier-07 linked=c
10:00:12.002 dial c t3 00441110003
  > limit t3 to 15m0s
  > save leg t3 boutique/103 +441110003 uk: allow ringing
10:00:13 end t3
  > save leg t3 boutique/103 +441110003 uk: allow ringing, ended 10:00:13, 0.00 for 0 s
10:00:13 end c
# Two phones forward to the same number at the same time. Each pays for one of the calls, and a forward
# to a number that nobody dials, or to another call's channel, changes nothing.
10:01:00 channel e PJSIP/carrier-08 in
10:01:00 channel f PJSIP/102-09 account=acme linked=e
10:01:00 dial e f
10:01:00 channel g PJSIP/carrier-0a in
10:01:00 channel h PJSIP/103-0b account=acme linked=g
10:01:00 dial g h
10:01:01 channel e1 Local/00441110004@acme-01;1 linked=e
10:01:01 channel e2 Local/00441110004@acme-01;2 linked=e
10:01:01 channel g1 Local/00441110004@acme-02;1 linked=g
10:01:01 channel g2 Local/00441110004@acme-02;2 linked=g
10:01:01 local e1 e2
10:01:01 local g1 g2
10:01:01 forward f e 0044111
10:01:01 forward f e 00441110004
10:01:01 forward h g 00441110004@acme
10:01:01 dial e e1
10:01:01 dial g g1
10:01:02 channel t4 PJSIP/carrier-0c linked=e
10:01:02 dial e2 t4 00441110004
  > limit t4 to 15m0s
  > save leg t4 acme/102 +441110004 uk: allow ringing
10:01:02 channel t5 PJSIP/carrier-0d linked=g
10:01:02 dial g2 t5 00441110004
  > limit t5 to 15m0s
  > save leg t5 acme/103 +441110004 uk: allow ringing
10:01:03 end t4
  > save leg t4 acme/102 +441110004 uk: allow ringing, ended 10:01:03, 0.00 for 0 s
10:01:03 end t5
  > save leg t5 acme/103 +441110004 uk: allow ringing, ended 10:01:03, 0.00 for 0 s
# 101 calls 102, and both put the other one on hold. Who did it last looks with keys for a number.
10:02:00 channel i PJSIP/101-0e account=acme
10:02:00 channel j PJSIP/102-0f account=acme linked=i
10:02:00 dial i j
10:02:01 answer j
10:02:01 answer i
10:02:02 hold i
10:02:03 hold j
10:02:04 channel k1 Local/00441110005@acme-03;1 linked=i
10:02:04 channel k2 Local/00441110005@acme-03;2 linked=i
10:02:04 local k1 k2
10:02:04 channel t6 PJSIP/carrier-10 linked=i
10:02:04 dial k2 t6 00441110005
  > limit t6 to 15m0s
  > save leg t6 acme/102 +441110005 uk: allow ringing
10:02:05 end t6
  > save leg t6 acme/102 +441110005 uk: allow ringing, ended 10:02:05, 0.00 for 0 s
# Two phones that ring for the same call forward to the same number, one after the other.
10:02:10 channel p PJSIP/101-20 account=acme
10:02:10 channel q PJSIP/102-21 account=acme linked=p
10:02:10 channel r PJSIP/103-22 account=acme linked=p
10:02:10 dial p q
10:02:10 dial p r
10:02:11 channel q1 Local/00441110008@acme-04;1 linked=p
10:02:11 channel q2 Local/00441110008@acme-04;2 linked=p
10:02:11 local q1 q2
10:02:11 forward q p 00441110008
10:02:11 channel r1 Local/00441110008@acme-05;1 linked=p
10:02:11 channel r2 Local/00441110008@acme-05;2 linked=p
10:02:11 local r1 r2
10:02:11 forward r p 00441110008
10:02:12 channel t9 PJSIP/carrier-23 linked=p
10:02:12 dial q2 t9 00441110008
  > limit t9 to 15m0s
  > save leg t9 acme/102 +441110008 uk: allow ringing
10:02:12 channel ta PJSIP/carrier-24 linked=p
10:02:12 dial r2 ta 00441110008
  > limit ta to 15m0s
  > save leg ta acme/103 +441110008 uk: allow ringing
10:02:13 end t9
  > save leg t9 acme/102 +441110008 uk: allow ringing, ended 10:02:13, 0.00 for 0 s
10:02:13 end ta
  > save leg ta acme/103 +441110008 uk: allow ringing, ended 10:02:13, 0.00 for 0 s
# Two phones that a program calls forward to the same number at once: which channel is whose cannot be
# told, but each pays for one.
10:02:20 channel u PJSIP/102-25 account=acme
10:02:20 channel v PJSIP/103-26 account=acme
10:02:20 dial - u
10:02:20 dial - v
10:02:21 channel u1 Local/00441110009@acme-06;1
10:02:21 channel u2 Local/00441110009@acme-06;2 linked=u1
10:02:21 channel v1 Local/00441110009@acme-07;1
10:02:21 channel v2 Local/00441110009@acme-07;2 linked=v1
10:02:21 local u1 u2
10:02:21 local v1 v2
10:02:21 forward u - 00441110009
10:02:21 forward v - 00441110009
10:02:22 channel tb PJSIP/carrier-27 linked=u1
10:02:22 dial u2 tb 00441110009
  > limit tb to 15m0s
  > save leg tb acme/103 +441110009 uk: allow ringing
10:02:22 channel tc PJSIP/carrier-28 linked=v1
10:02:22 dial v2 tc 00441110009
  > limit tc to 15m0s
  > save leg tc acme/102 +441110009 uk: allow ringing
10:02:23 end tb
  > save leg tb acme/103 +441110009 uk: allow ringing, ended 10:02:23, 0.00 for 0 s
10:02:23 end tc
  > save leg tc acme/102 +441110009 uk: allow ringing, ended 10:02:23, 0.00 for 0 s
# A program calls 101 by way of a Local channel, and 102 rings beside it. 101 has answered, and dials.
10:02:30 channel w1 Local/group@acme-08;1
10:02:30 channel w2 Local/group@acme-08;2 linked=w1
10:02:30 local w1 w2
10:02:30 channel x PJSIP/101-29 account=acme linked=w1
10:02:30 channel y PJSIP/102-2a account=acme linked=w1
10:02:30 dial w2 x
10:02:30 dial w2 y
10:02:31 answer x
10:02:31 channel td PJSIP/carrier-2b linked=w1
10:02:31 dial w1 td 00441110010
  > limit td to 15m0s
  > save leg td acme/101 +441110010 uk: allow ringing
10:02:32 end td
  > save leg td acme/101 +441110010 uk: allow ringing, ended 10:02:32, 0.00 for 0 s
10:02:32 end x
10:02:32 end y
# 102 forwards a call that waits in 101's queue. The trunk is dialled before Asterisk tells of the forward.
10:02:40 channel aa PJSIP/101-30 account=acme
10:02:40 answer aa
10:02:40 channel ab PJSIP/102-31 account=acme linked=aa
10:02:40 dial aa ab
10:02:41 channel ac Local/00441110011@acme-09;1 linked=aa
10:02:41 channel ad Local/00441110011@acme-09;2 linked=aa
10:02:41 local ac ad
10:02:41 decline ab
10:02:41 channel te PJSIP/carrier-32 linked=aa
10:02:41 dial ad te 00441110011
  > limit te to 15m0s
  > save leg te acme/102 +441110011 uk: allow ringing
10:02:41 forward ab aa 00441110011
10:02:41 dial aa ac
10:02:42 end te
  > save leg te acme/102 +441110011 uk: allow ringing, ended 10:02:42, 0.00 for 0 s
10:02:42 end aa
10:02:42 end ab
# The same, where a program calls 102.
10:02:45 channel ca PJSIP/102-37 account=acme out
10:02:45 dial - ca
10:02:45 channel cb Local/00441110013@acme-0b;1
10:02:45 channel cc Local/00441110013@acme-0b;2 linked=cb
10:02:45 local cb cc
10:02:45 decline ca
10:02:45 channel cd PJSIP/carrier-38 linked=cb
10:02:45 dial cc cd 00441110013
  > limit cd to 15m0s
  > save leg cd acme/102 +441110013 uk: allow ringing
10:02:45 forward ca - 00441110013
10:02:46 end cd
  > save leg cd acme/102 +441110013 uk: allow ringing, ended 10:02:46, 0.00 for 0 s
10:02:46 end ca
# The same late telling, where 101 was sent on by 102 with an inherited name, and 103 rings beside it.
10:02:50 channel ba PJSIP/101-33 account=acme
10:02:50 named ba - desk7
10:02:50 channel bb PJSIP/102-34 account=acme linked=ba
10:02:50 dial ba bb
10:02:51 answer bb
10:02:51 answer ba
10:02:51 transfer bb ba
10:02:51 end bb
10:02:51 channel bd PJSIP/103-35 account=acme linked=ba
10:02:51 dial ba bd
10:02:51 channel be Local/57@acme-0a;1 linked=ba
10:02:51 named be - desk7
10:02:51 channel bf Local/57@acme-0a;2 linked=ba
10:02:51 named bf - desk7
10:02:51 local be bf
10:02:51 channel tf PJSIP/carrier-36 linked=ba
10:02:51 named tf - desk7
10:02:51 dial bf tf 00441110012
  > limit tf to 15m0s
  > save leg tf acme/102 +441110012 uk: allow ringing
10:02:51 dial ba be
10:02:52 end tf
  > save leg tf acme/102 +441110012 uk: allow ringing, ended 10:02:52, 0.00 for 0 s
10:02:52 end ba
10:02:52 end bd
# A lot tells of the endpoint only. 101 has another call; the one with the parked party is meant, and
# what the dialplan named on that.
10:03:00 channel l PJSIP/carrier-11 in
10:03:00 channel m PJSIP/101-12 account=acme linked=l
10:03:00 dial l m
10:03:00 named m - desk9
10:03:01 answer m
10:03:01 channel n PJSIP/101-13 account=acme
10:03:02 park l PJSIP/101
10:03:02 end m
10:03:30 channel t7 PJSIP/carrier-14 linked=l
10:03:30 dial l t7 00441110006
  > limit t7 to 15m0s
  > save leg t7 acme/desk9 +441110006 uk: allow ringing
10:03:31 end t7
  > save leg t7 acme/desk9 +441110006 uk: allow ringing, ended 10:03:31, 0.00 for 0 s
# Parked by nobody that is known.
10:04:00 channel o PJSIP/carrier-15 in
10:04:01 park o PJSIP/199
10:04:30 channel t8 PJSIP/carrier-16 linked=o
10:04:30 dial o t8 00441110007
  > limit t8 to 15m0s
  > save leg t8 unknown/pbx +441110007 uk: allow ringing
10:04:31 end t8
  > save leg t8 unknown/pbx +441110007 uk: allow ringing, ended 10:04:31, 0.00 for 0 s
10:05:00 ledger
  > ledger acme/101 2026-11-21 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger acme/102 2026-11-21 cost 0.00, 0 s, 0 calls, 7 attempts
  > ledger acme/103 2026-11-21 cost 0.00, 0 s, 0 calls, 3 attempts
  > ledger acme/desk9 2026-11-21 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger boutique/103 2026-11-21 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger boutique/desk7 2026-11-21 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger globex/102 2026-11-21 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger unknown/pbx 2026-11-21 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger acme/101 2026-11 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger acme/102 2026-11 cost 0.00, 0 s, 0 calls, 7 attempts
  > ledger acme/103 2026-11 cost 0.00, 0 s, 0 calls, 3 attempts
  > ledger acme/desk9 2026-11 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger boutique/103 2026-11 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger boutique/desk7 2026-11 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger globex/102 2026-11 cost 0.00, 0 s, 0 calls, 1 attempts
  > ledger unknown/pbx 2026-11 cost 0.00, 0 s, 0 calls, 1 attempts
