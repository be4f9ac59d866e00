# one of two phones forwards, as a real Asterisk 22 told it.
price 44 uk 0.60 2/2

10:00:00 channel a PJSIP/101-00000020 account=acme in
10:00:00 channel b PJSIP/102-00000021 account=acme linked=a out
10:00:00 channel c PJSIP/103-00000022 account=acme linked=a out
10:00:00.04 dial a b 102
10:00:00.04 dial a c 103
10:00:00.043 channel d Local/00441110001@tenant-acme-00000008;1 linked=a out
10:00:00.043 channel e Local/00441110001@tenant-acme-00000008;2 linked=a in
10:00:00.043 local d e
10:00:00.043 forward c a 00441110001
10:00:00.043 dial a d 00441110001 account=acme
10:00:00.049 decline c
10:00:00.049 end c
10:00:00.057 channel f PJSIP/carrier-00000023 linked=a out
10:00:00.059 dial e f 00441110001 account=acme
  > limit f to 15m0s
  > save leg f acme/103 +441110001 uk: allow ringing
10:00:00.06 answer f
  > save leg f acme/103 +441110001 uk: allow answered 10:00:00.06
10:00:00.061 answer f
10:00:00.061 answer d
10:00:00.061 answer e
10:00:00.061 end b
10:00:00.061 answer d
10:00:00.061 answer a
10:00:01.069 decline f
10:00:01.069 decline d
10:00:01.069 end e
10:00:01.069 end d
10:00:01.069 end f
  > save leg f acme/103 +441110001 uk: allow answered 10:00:00.06, ended 10:00:01.069, 0.02 for 2 s
  > save charge f acme/103 2026-11-21: 0.02 for 2 s
10:00:01.069 end a
