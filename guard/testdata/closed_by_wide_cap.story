# A cap for everybody that comes below what some have spent closes their accounts in Asterisk too.
ask
price 44 uk 0.60 60/60

10:00:00 asking
10:00:01 channel a PJSIP/101-01 account=acme
10:00:01.001 ask a 00441234567
  > tell a: allow for 15m0s
10:00:01.010 channel a1 PJSIP/carrier-02 linked=a
10:00:01.011 dial a a1 00441234567
  > limit a1 to 15m0s
  > limit a to 0s
  > save leg a1 acme/101 +441234567 uk: allow ringing
10:00:02 answer a1
  > save leg a1 acme/101 +441234567 uk: allow answered 10:00:02
10:00:30 end a1
  > save leg a1 acme/101 +441234567 uk: allow answered 10:00:02, ended 10:00:30, 0.60 for 60 s
  > save charge a1 acme/101 2026-11-21: 0.60 for 60 s
10:00:31 end a
10:01:00 set-cap */* cost_per_day 0.50 jo
  > flag closed/extension/acme/101 = 1795305600
  > save cap cost_per_day of */* = 0.50 by jo
  > save incident caps.set /: jo set the cap cost_per_day of */* to 0.50 [set the cap]
10:02:00 unset-cap */* cost_per_day jo
  > no flag closed/extension/acme/101
  > save cap cost_per_day of */* unset by jo
  > save incident caps.unset /: jo took back the cap cost_per_day of */*; the configuration counts again [take the cap back]
10:03:00 cap * cost_per_month 0.60
  > flag closed/tenant/acme = 1796083200
  > no flags below closed
  > flag closed/tenant/acme = 1796083200
  > no flags below fail_mode
10:04:00 cap * cost_per_month 2.00
  > no flag closed/tenant/acme
  > no flags below closed
  > no flags below fail_mode
