# Phones dial 9 to get out. Where the dialplan has taken it off, which the phone's own extension
# shows, what the trunk was told to dial is read as it is, even if it begins with a 9 again.
outside-line 9
price 39 italy 0.05 60/60
price 33 france 0.10 60/60
10:00:00 channel a PJSIP/101-01 account=acme exten=90033123456789
10:00:00 channel b PJSIP/carrier-02 linked=a
10:00:00 dial a b 0033123456789
  > limit b to 15m0s
  > save leg b acme/101 +33123456789 france: allow ringing
10:00:00.5 end b
  > save leg b acme/101 +33123456789 france: allow ringing, ended 10:00:00.5, 0.00 for 0 s
10:00:01 channel c PJSIP/102-03 account=acme exten=90033123456789
10:00:01 channel d PJSIP/carrier-04 linked=c
10:00:01 dial c d 90033123456789
  > limit d to 15m0s
  > save leg d acme/102 +33123456789 france: allow ringing
10:00:01.5 end d
  > save leg d acme/102 +33123456789 france: allow ringing, ended 10:00:01.5, 0.00 for 0 s
10:00:02 channel e PJSIP/103-05 account=acme exten=990033123456789
10:00:02 channel f PJSIP/carrier-06 linked=e
10:00:02 dial e f 90033123456789
  > limit f to 15m0s
  > save leg f acme/103 +3990033123456789 italy: allow ringing
10:00:02.5 end f
  > save leg f acme/103 +3990033123456789 italy: allow ringing, ended 10:00:02.5, 0.00 for 0 s
# Where nobody's extension tells, because a call was originated or transferred, the dearer reading counts.
10:00:03 channel g PJSIP/104-07 account=acme
10:00:03 channel h PJSIP/carrier-08 linked=g
10:00:03 dial g h 9390612345678
  > limit h to 15m0s
  > save leg h acme/104 +39390612345678 italy: allow ringing
10:00:03.5 end h
  > save leg h acme/104 +39390612345678 italy: allow ringing, ended 10:00:03.5, 0.00 for 0 s
# An extension too short to tell does not.
10:00:04 channel i PJSIP/105-09 account=acme exten=98
10:00:04 channel j PJSIP/carrier-10 linked=i
10:00:04 dial i j 90033123456788
  > limit j to 15m0s
  > save leg j acme/105 +33123456788 france: allow ringing
10:00:04.5 end j
  > save leg j acme/105 +33123456788 france: allow ringing, ended 10:00:04.5, 0.00 for 0 s
