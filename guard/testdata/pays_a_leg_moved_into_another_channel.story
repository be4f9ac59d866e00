# a leg moved into another channel, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/carrier-00000009
10:00:00.004 dial - a 00441110001 account=globex
  > limit a to 15m0s
  > save leg a globex/unknown +441110001 uk: allow ringing
10:00:00.004 answer a
  > save leg a globex/unknown +441110001 uk: allow answered 10:00:00.004
10:00:00.004 answer a
10:00:00.015 channel b PJSIP/101-0000000a account=acme
10:00:00.015 dial - b 101
10:00:00.021 answer b
10:00:00.021 answer b
10:00:03.01 end b
10:00:03.01 end a
  > save leg a globex/unknown +441110001 uk: allow answered 10:00:00.004, ended 10:00:03.01, 0.06 for 6 s
  > save charge a globex/unknown 2026-11-21: 0.06 for 6 s
