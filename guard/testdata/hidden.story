# Somebody breaks the manager's events with line breaks in a dialled number: one leg no event tells
# of, and another one's end is forged. The REST interface shows both.
cap */* cost_per_day 1.00
price 44 uk 0.60 1/1

10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 channel a1 PJSIP/carrier-02 linked=a
10:00:00.002 dial a a1 00441112222
  > limit a1 to 1m39.8s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:01 answer a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
10:00:02 found a a1
# The channel that calls in is known, and is no leg.
10:00:03 channel i PJSIP/carrier-03 in
10:00:04 unseen h PJSIP/carrier-04
10:00:04 found a a1 i h
10:00:09 found a a1 i h
  > hang up h by ARI (refused)
  > save incident ami.hidden acme/unknown: a channel to the carrier lives, and no manager event told that it dials: somebody breaks the events, with line breaks in a dialled number [hang up]
10:00:09.010 found a a1 i
10:00:10 end a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01, ended 10:00:10, 0.09 for 9 s
  > save charge a1 acme/101 2026-11-21: 0.09 for 9 s
10:00:10.500 found a a1 i
10:00:12 found a a1 i
  > hang up a1 by ARI (cut)
  > save charge a1 acme/101 2026-11-21: 0.02 for 2 s
  > save incident ami.forged acme/101: a manager event said that PJSIP/carrier-02 had ended, and it lives: somebody forges events, with line breaks in a dialled number [hang up, charge what it used since]
10:00:14 found a i
10:00:15 ledger
  > ledger acme/101 2026-11-21 cost 0.11, 11 s, 1 calls, 1 attempts
  > ledger acme/101 2026-11 cost 0.11, 11 s, 1 calls, 1 attempts
