# One call that tries two trunks, and asks before each, as FreePBX does: one attempt to the detectors.
ask
repeated_number 1 5m block 1h
price 44 uk 0.40 60/60

10:00:00 asking
10:00:01 channel a PJSIP/101-01 account=acme exten=00441234567
10:00:01.003 ask a 00441234567
  > tell a: allow for 15m0s
10:00:01.010 channel a1 PJSIP/carrier-04 linked=a
10:00:01.011 dial a a1 00441234567
  > limit a1 to 15m0s
  > limit a to 0s
  > save leg a1 acme/101 +441234567 uk: allow ringing
10:00:02 end a1
  > save leg a1 acme/101 +441234567 uk: allow ringing, ended 10:00:02, 0.00 for 0 s
10:00:02.001 ask a 00441234567
  > tell a: allow for 15m0s
10:00:02.010 channel a2 PJSIP/carrier-05 linked=a
10:00:02.011 dial a a2 00441234567
  > limit a2 to 15m0s
  > limit a to 0s
  > save leg a2 acme/101 +441234567 uk: allow ringing
10:00:03 answer a2
  > save leg a2 acme/101 +441234567 uk: allow answered 10:00:03
10:00:09 end a2
  > save leg a2 acme/101 +441234567 uk: allow answered 10:00:03, ended 10:00:09, 0.40 for 60 s
  > save charge a2 acme/101 2026-11-21: 0.40 for 60 s
10:00:09.001 end a
# The same number by another call is the second attempt, and one too many.
10:01:01 channel b PJSIP/101-06 account=acme exten=00441234567
10:01:01.003 ask b 00441234567
  > tell b: refuse, abuse.repeated_number
  > flag block/extension/acme/101 = 1795258861
  > save leg b/hod4vqa7zs4o7 acme/101 +441234567 uk: deny ringing, ended 10:01:01.003, 0.00 for 0 s
  > save incident abuse.repeated_number acme/101: 2 attempts to +441234567 within 1m0s; 1 within 5m0s are allowed [refuse the call, hang up the account's live calls, block the extension for 1h0m0s]
  > save block acme/101 by abuse.repeated_number until 11:01:01.003
# It dials all the same, and is hung up for the block that stands now.
10:01:01.010 channel b1 PJSIP/carrier-07 linked=b
10:01:01.011 dial b b1 00441234567
  > hang up b1 by ARI (refused)
  > limit b1 to 1s
  > save leg b1 acme/101 +441234567 uk: deny ringing
  > save incident block acme/101: acme/101 is blocked: 2 attempts to +441234567 within 1m0s; 1 within 5m0s are allowed [refuse the call]
10:01:01.020 end b1
  > save leg b1 acme/101 +441234567 uk: deny ringing, ended 10:01:01.02, 0.00 for 0 s
10:01:01.030 end b
