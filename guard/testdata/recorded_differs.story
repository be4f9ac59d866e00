# Asterisk's own records of legs that were watched. That of a is what its whole seconds allow; that of b begins
# before the leg was answered, because a voice answered the phone before, and that of c comes from a clock that is
# two seconds ahead: no difference. d has two, after a transfer, and both together are the leg. That of e says a
# minute more, and is told of at once, but only when no more records are waited for. f, g and h differ within the
# hour: f and g, which is shorter, are told of together at its end, and h is within the tolerance. What comes
# hours later is told of at once again; but not k, which was watched in part and is estimated.
price 44 uk 0.60 1/1

10:00:00 channel a PJSIP/101-01a account=acme
10:00:00.001 channel a1 PJSIP/carrier-01b linked=a
10:00:00.002 dial a a1 00441112222
  > limit a1 to 15m0s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:01.9 answer a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01.9
10:00:11.8 end a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01.9, ended 10:00:11.8, 0.10 for 10 s
  > save charge a1 acme/101 2026-11-21: 0.10 for 10 s
10:00:11.9 cdr a a1 9 10:00:00 10:00:01 10:00:11
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01.9, ended 10:00:11.8, 0.10 for 10 s, Asterisk says 9 s
10:01:00 channel b PJSIP/102-02a account=acme
10:01:00.001 channel b1 PJSIP/carrier-02b linked=b
10:01:00.002 dial b b1 00441112222
  > limit b1 to 15m0s
  > save leg b1 acme/102 +441112222 uk: allow ringing
10:01:01.5 answer b1
  > save leg b1 acme/102 +441112222 uk: allow answered 10:01:01.5
10:01:13.9 end b1
  > save leg b1 acme/102 +441112222 uk: allow answered 10:01:01.5, ended 10:01:13.9, 0.13 for 13 s
  > save charge b1 acme/102 2026-11-21: 0.13 for 13 s
10:01:14 cdr b b1 40 10:00:30 10:00:31 10:01:11
  > save leg b1 acme/102 +441112222 uk: allow answered 10:01:01.5, ended 10:01:13.9, 0.13 for 13 s, Asterisk says 40 s
10:02:00 channel c PJSIP/103-03a account=acme
10:02:00.001 channel c1 PJSIP/carrier-03b linked=c
10:02:00.002 dial c c1 00441112222
  > limit c1 to 15m0s
  > save leg c1 acme/103 +441112222 uk: allow ringing
10:02:01.5 answer c1
  > save leg c1 acme/103 +441112222 uk: allow answered 10:02:01.5
10:02:11.5 end c1
  > save leg c1 acme/103 +441112222 uk: allow answered 10:02:01.5, ended 10:02:11.5, 0.10 for 10 s
  > save charge c1 acme/103 2026-11-21: 0.10 for 10 s
10:02:11.6 cdr c c1 9 10:02:02 10:02:03 10:02:13
  > save leg c1 acme/103 +441112222 uk: allow answered 10:02:01.5, ended 10:02:11.5, 0.10 for 10 s, Asterisk says 9 s
10:03:00 channel d PJSIP/104-04a account=acme
10:03:00.001 channel d1 PJSIP/carrier-04b linked=d
10:03:00.002 dial d d1 00441112222
  > limit d1 to 15m0s
  > save leg d1 acme/104 +441112222 uk: allow ringing
10:03:01.5 answer d1
  > save leg d1 acme/104 +441112222 uk: allow answered 10:03:01.5
10:03:06 cdr d d1 4 10:03:00 10:03:01 10:03:06
  > save leg d1 acme/104 +441112222 uk: allow answered 10:03:01.5, Asterisk says 4 s
10:03:31.5 end d1
  > save leg d1 acme/104 +441112222 uk: allow answered 10:03:01.5, ended 10:03:31.5, 0.30 for 30 s, Asterisk says 4 s
  > save charge d1 acme/104 2026-11-21: 0.30 for 30 s
10:03:31.6 cdr d d1 25 10:03:06 10:03:06 10:03:31
  > save leg d1 acme/104 +441112222 uk: allow answered 10:03:01.5, ended 10:03:31.5, 0.30 for 30 s, Asterisk says 29 s
10:04:00 channel e PJSIP/105-05a account=acme
10:04:00.001 channel e1 PJSIP/carrier-05b linked=e
10:04:00.002 dial e e1 00441112222
  > limit e1 to 15m0s
  > save leg e1 acme/105 +441112222 uk: allow ringing
10:04:01.5 answer e1
  > save leg e1 acme/105 +441112222 uk: allow answered 10:04:01.5
10:04:11.5 end e1
  > save leg e1 acme/105 +441112222 uk: allow answered 10:04:01.5, ended 10:04:11.5, 0.10 for 10 s
  > save charge e1 acme/105 2026-11-21: 0.10 for 10 s
10:04:11.6 cdr e e1 69 10:04:00 10:04:01 10:05:11
  > save leg e1 acme/105 +441112222 uk: allow answered 10:04:01.5, ended 10:04:11.5, 0.10 for 10 s, Asterisk says 69 s
  10:04:21.5 tick
  > save incident record.differs /: the call records of Asterisk differ from what was metered on 1 legs [tell] [{leg e1 acme/105 to 441112222 at 2026-11-21T10:04:00Z: metered 10.0 s, recorded 69.0 s}]
10:05:00 channel f PJSIP/106-06a account=acme
10:05:00.001 channel f1 PJSIP/carrier-06b linked=f
10:05:00.002 dial f f1 00441112222
  > limit f1 to 15m0s
  > save leg f1 acme/106 +441112222 uk: allow ringing
10:05:01.5 answer f1
  > save leg f1 acme/106 +441112222 uk: allow answered 10:05:01.5
10:05:11.5 end f1
  > save leg f1 acme/106 +441112222 uk: allow answered 10:05:01.5, ended 10:05:11.5, 0.10 for 10 s
  > save charge f1 acme/106 2026-11-21: 0.10 for 10 s
10:05:11.6 cdr f f1 14 10:05:00 10:05:01 10:05:15
  > save leg f1 acme/106 +441112222 uk: allow answered 10:05:01.5, ended 10:05:11.5, 0.10 for 10 s, Asterisk says 14 s
10:06:00 channel g PJSIP/107-07a account=acme
10:06:00.001 channel g1 PJSIP/carrier-07b linked=g
10:06:00.002 dial g g1 00441112222
  > limit g1 to 15m0s
  > save leg g1 acme/107 +441112222 uk: allow ringing
10:06:01.5 answer g1
  > save leg g1 acme/107 +441112222 uk: allow answered 10:06:01.5
10:06:31.5 end g1
  > save leg g1 acme/107 +441112222 uk: allow answered 10:06:01.5, ended 10:06:31.5, 0.30 for 30 s
  > save charge g1 acme/107 2026-11-21: 0.30 for 30 s
10:06:31.6 cdr g g1 9 10:06:00 10:06:01 10:06:11
  > save leg g1 acme/107 +441112222 uk: allow answered 10:06:01.5, ended 10:06:31.5, 0.30 for 30 s, Asterisk says 9 s
10:07:00 channel h PJSIP/108-08a account=acme
10:07:00.001 channel h1 PJSIP/carrier-08b linked=h
10:07:00.002 dial h h1 00441112222
  > limit h1 to 15m0s
  > save leg h1 acme/108 +441112222 uk: allow ringing
10:07:01.5 answer h1
  > save leg h1 acme/108 +441112222 uk: allow answered 10:07:01.5
10:07:11.5 end h1
  > save leg h1 acme/108 +441112222 uk: allow answered 10:07:01.5, ended 10:07:11.5, 0.10 for 10 s
  > save charge h1 acme/108 2026-11-21: 0.10 for 10 s
10:07:11.6 cdr h h1 13 10:07:00 10:07:01 10:07:14
  > save leg h1 acme/108 +441112222 uk: allow answered 10:07:01.5, ended 10:07:11.5, 0.10 for 10 s, Asterisk says 13 s
  11:04:21.5 tick
  > save incident record.differs /: the call records of Asterisk differ from what was metered on 2 legs [tell] [{leg g1 acme/107 to 441112222 at 2026-11-21T10:06:00Z: metered 30.0 s, recorded 11.0 s} {leg f1 acme/106 to 441112222 at 2026-11-21T10:05:00Z: metered 10.0 s, recorded 13.0 s}]
11:30:00 channel z PJSIP/110-0za account=acme
13:00:00 channel i PJSIP/109-09a account=acme
13:00:00.001 channel i1 PJSIP/carrier-09b linked=i
13:00:00.002 dial i i1 00441112222
  > limit i1 to 15m0s
  > save leg i1 acme/109 +441112222 uk: allow ringing
13:00:01.5 answer i1
  > save leg i1 acme/109 +441112222 uk: allow answered 13:00:01.5
13:00:11.5 end i1
  > save leg i1 acme/109 +441112222 uk: allow answered 13:00:01.5, ended 13:00:11.5, 0.10 for 10 s
  > save charge i1 acme/109 2026-11-21: 0.10 for 10 s
13:00:11.6 cdr i i1 29 13:00:00 13:00:01 13:00:31
  > save leg i1 acme/109 +441112222 uk: allow answered 13:00:01.5, ended 13:00:11.5, 0.10 for 10 s, Asterisk says 29 s
  13:00:21.5 tick
  > save incident record.differs /: the call records of Asterisk differ from what was metered on 1 legs [tell] [{leg i1 acme/109 to 441112222 at 2026-11-21T13:00:00Z: metered 10.0 s, recorded 29.0 s}]
13:00:40 channel z PJSIP/110-0za account=acme
13:10:00 channel k PJSIP/111-0ba account=acme
13:10:00.001 channel k1 PJSIP/carrier-0bb linked=k
13:10:00.002 dial k k1 00441112222
  > limit k1 to 15m0s
  > save leg k1 acme/111 +441112222 uk: allow ringing
13:10:01.5 answer k1
  > save leg k1 acme/111 +441112222 uk: allow answered 13:10:01.5
13:10:30 channel y PJSIP/110-0zb account=acme
13:10:31 down
13:11:00 up
  > no flags below block
  > no flags below closed
  > no flags below fail_mode
13:11:00.100 list
13:11:00.200 cdr k k1 9 13:10:00 13:10:01 13:10:11
  > save leg k1 acme/111 +441112222 uk: allow answered 13:10:01.5, Asterisk says 9 s
  13:11:02.1 tick
  > save leg k1 acme/111 +441112222 uk: allow answered 13:10:01.5, ended 13:10:30, 0.29 for 29 s, Asterisk says 9 s, estimated
  > save charge k1 acme/111 2026-11-21: 0.29 for 29 s
14:30:00 channel x PJSIP/110-0zc account=acme
